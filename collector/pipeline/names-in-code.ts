// Error texts of runtimes and databases in which what is quoted is a name in the program (a property, a method,
// a table), and so tells two bugs apart, while quotes elsewhere hold a value that differs each time.

const single = String.raw`'[^'\n]{1,200}'`
const double = String.raw`"[^"\n]{1,200}"`
const any = `(?:${single}|${double})`
const backtick = "[`'][^`'\\n]{1,200}'"

/** Source of one linear pattern; each alternative starts with a literal word. */
export const namesInCode = [
  // JavaScript engines and the DOM
  String.raw`\((?:reading|setting) ${single}\)`,
  `[Cc]an(?:not|'t) (?:read|set|access|define|redefine|delete|assign to read only|create) (?:lexical declaration|propert(?:y|ies)(?: of)?) ${any}`,
  `Failed to execute ${single} on ${single}`,
  `${single} is not a function`,
  `Unexpected token ${any}`,
  `Cannot find module ${any}`,
  String.raw`Minified React error #\d{1,6}`,
  // Python
  `${single} object (?:has no attribute|does not support) ${single}`,
  `has no attribute ${single}`,
  `name ${single} is not defined`,
  `variable ${single} (?:referenced|where)`,
  `No module named ${any}`,
  `cannot import name ${single}`,
  `(?:unexpected keyword|multiple values for) argument ${single}`,
  `required (?:positional |keyword-only )?arguments?: ${single}`,
  `unsupported operand type[^\\n:]{0,20}: ${single} and ${single}`,
  `${single} object is not`,
  // Ruby
  `undefined (?:local variable or )?method ${backtick}`,
  `(?:private|protected) method ${backtick}`,
  // PHP
  `Undefined (?:array key|index|property|constant|variable)[: ] ?${any}`,
  `(?:Class|Interface|Trait|Method) ${double} (?:not found|does not exist)`,
  // Java, Android, Dart, .NET
  `Cannot (?:invoke|read|load|store|enter|throw)[^"'\\n]{0,40}${double}`,
  `because ${double}`,
  `(?:method|field|interface method|virtual method) ${single}`,
  `[Tt]ype ${single} is not a subtype of type ${single}`,
  `The (?:method|getter|setter) ${single}`,
  `assembly ${any}`,
  // databases
  `(?:column|relation|constraint|table|schema|function|sequence|role|database|index|for key|Unknown column|Table) ${any}`,
].join('|')

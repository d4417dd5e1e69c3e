// What JavaScript engines say of the same fault in their own words, made one text, so that a fault without a
// telling stack is one issue in all browsers.

type Rule = readonly [pattern: RegExp, canonical: (...groups: string[]) => string]

const lastName = (expression: string) => /([\w$]+)(?:\(\))?$/.exec(expression.slice(-200))?.[1] ?? expression

const rules: readonly Rule[] = [
  // V8 of today, and of 2021 (and Hermes)
  [
    /^Cannot (read|set) propert(?:y|ies) of (?:null|undefined) \((?:reading|setting) '([^'\n]{1,200})'\)$/,
    (verb, name) => `Cannot ${verb} property '${name}' of nothing`,
  ],
  [
    /^Cannot (read|set) property '([^'\n]{1,200})' of (?:null|undefined)$/,
    (verb, name) => `Cannot ${verb} property '${name}' of nothing`,
  ],
  // Firefox
  [
    /^can't access property "([^"\n]{1,200})", [^\n]{1,300} is (?:null|undefined)$/,
    (name) => `Cannot read property '${name}' of nothing`,
  ],
  // WebKit
  [
    /^(?:null|undefined) is not an object \(evaluating '[^'\n]{0,300}?\.([\w$]{1,200})(?:\([^'\n]{0,100})?'\)$/,
    (name) => `Cannot read property '${name}' of nothing`,
  ],
  // A receiver's name is minified, the method's is not.
  [
    /^([\w$.[\]()]{1,300}) is not a function(?:\.? ?\(.{0,400})?$/,
    (expression) => `'${lastName(expression)}' is not a function`,
  ],
  // webpack: which chunk, and whether its server or its time was up, is no other fault
  [/^Loading (?:CSS )?chunk [^\s]{1,200} failed\b[\s\S]*$/, () => 'Loading chunk failed'],
  // Chrome's words of before and after 2022
  [
    /^ResizeObserver loop (?:limit exceeded|completed with undelivered notifications\.?)$/,
    () => 'ResizeObserver loop',
  ],
  [/^Script error\.?$/, () => 'Script error.'],
  [/^Can't find variable: ([\w$]{1,200})$/, (name) => `${name} is not defined`],
]

/** The text in one engine's words where several have their own, else as it is. */
export function canonicalScriptMessage(text: string): string {
  for (const [pattern, canonical] of rules) {
    const match = pattern.exec(text)
    if (match) return canonical(...match.slice(1).map((group) => group ?? ''))
  }
  return text
}

// Which texts can be the name of a release: those that fit in a line and in an address. Sentry refuses slashes besides.

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const impossible = /^\.{1,2}$|[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** @param name without blanks around it */
export function isReleaseName(name: string): boolean {
  return name !== '' && !impossible.test(name)
}

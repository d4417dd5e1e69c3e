// Fields of a form as values. What can't be read stays unreadable (NaN), so that the schema says so at its field.
import type { Form } from './section.ts'

export const check = (form: Form, name: string): boolean => form.get(name) === 'on'

export function number(form: Form, name: string): number {
  const entered = (form.get(name) ?? '').trim()
  return entered === '' ? Number.NaN : Number(entered)
}

/** Empty means null: the default of the installation. */
export function optionalNumber(form: Form, name: string): number | null {
  return (form.get(name) ?? '').trim() === '' ? null : number(form, name)
}

/** One a line; empty lines say nothing. */
export function lines(form: Form, name: string): string[] {
  return (form.get(name) ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

export const text = (name: string, value: string) => ({ name, value })

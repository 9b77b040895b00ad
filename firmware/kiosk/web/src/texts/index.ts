import { en } from './en';
import { ko } from './ko';
import { zhCN, type TextKey, type Texts } from './zh-CN';

export type { TextKey } from './zh-CN';

export const tables = { 'zh-CN': zhCN as Texts, ko, en };
export type Language = keyof typeof tables;

export function isLanguage(code: string): code is Language {
  return Object.hasOwn(tables, code);
}

export type Values = Record<string, string | number>;
export type Speak = (key: TextKey, values?: Values) => string;

/** `{x}` of the text is replaced by `values.x`. */
export function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function speaker(language: Language): Speak {
  const table = tables[language];
  return (key, values) => fill(table[key], values);
}

/** The sentence of a code such as `guidance` + `ready`; a code that the page does not know is shown as the code. */
export function sentence(say: Speak, group: string, code: string): string {
  const key = `${group}.${code}`;
  return Object.hasOwn(zhCN, key) ? say(key as TextKey) : code;
}

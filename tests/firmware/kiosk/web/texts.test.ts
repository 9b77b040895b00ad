import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { countdown, day, timeOfDay } from '../../../../firmware/kiosk/web/src/clock';
import { looks } from '../../../../firmware/kiosk/web/src/parts/tone';
import { guardians } from '../../../../firmware/kiosk/web/src/screens/admin/consents';
import { prompts } from '../../../../firmware/kiosk/web/src/parts/spoken';
import { fill, sentence, speaker, tables } from '../../../../firmware/kiosk/web/src/texts';

const source = (path: string) => readFileSync(join(process.env['XUESHI_SOURCE']!, 'firmware', path), 'utf8');
const codesIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!);
const chinese: Record<string, string> = tables['zh-CN'];
const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

for (const [language, table] of Object.entries(tables)) {
  test(`texts: ${language} has every key of the Chinese table, and fills in the same values`, () => {
    assert.deepEqual(Object.keys(table).sort(), Object.keys(chinese).sort());
    for (const [key, text] of Object.entries(table)) {
      assert.deepEqual(placeholders(text), placeholders(chinese[key]!), key);
      assert.ok(text.trim() !== '' || key === 'lesson.people', `${key} is empty`);
    }
  });
}

test('texts: Korean and English are not left in Chinese', () => {
  for (const [key, text] of [...Object.entries(tables.ko), ...Object.entries(tables.en)]) {
    assert.doesNotMatch(text, /\p{Script=Han}/u, key);
  }
});

test('texts: every guidance code of the terminal has a sentence, a colour and a shape', () => {
  const codes = codesIn(source('checkin/status.cpp'), /Line\{Guidance::\w+,\s*"(\w+)"/g);
  assert.ok(codes.length >= 37, `${codes.length} codes`);
  for (const code of codes) {
    assert.ok(chinese[`guidance.${code}`], code);
    assert.ok(looks[code], code);
  }
});

test('texts: every refusal of an enrolment, of a punch, and every error code has a sentence', () => {
  const groups: [string, string, RegExp][] = [
    ['refusal', 'checkin/enrolment_refusal.cpp', /Line\{EnrolmentRefusal::\w+,\s*"(\w+)"/g],
    ['refused', 'core/record/bodies.cpp', /Refusal::\w+, "(\w+)"/g],
  ];
  for (const [group, path, pattern] of groups) {
    const codes = codesIn(source(path), pattern);
    assert.ok(codes.length >= 8, `${group}: ${codes.length} codes`);
    codes.forEach((code) => assert.ok(chinese[`${group}.${code}`], `${group}.${code}`));
  }
  const enumeration = /enum class ErrorCode \{([^}]*)\}/.exec(source('core/base/error.hpp'))![1]!;
  const codes = codesIn(enumeration, /^\s*(\w+),/gm);
  assert.ok(codes.length >= 13);
  codes.forEach((code) => assert.ok(chinese[`error.${code}`], code));
});

test('texts: the guardians to choose from are those that the terminal takes, each with a word', () => {
  const taken = /kGuardians\{([^}]*)\}/.exec(source('checkin/consents.cpp'))![1]!;
  assert.deepEqual(codesIn(taken, /"(\w+)"/g), [...guardians]);
  guardians.forEach((guardian) => assert.ok(chinese[`guardian.${guardian}`], guardian));
});

test('texts: an unknown code is shown as the code', () => {
  assert.equal(sentence(speaker('ko'), 'guidance', 'something_new'), 'something_new');
  assert.equal(sentence(speaker('ko'), 'guidance', 'hold_still'), '움직이지 마세요');
});

test('texts: a value that is not given stays visible', () => {
  assert.equal(fill('{a} and {b}', { a: 0 }), '0 and {b}');
});

test('texts: what is spoken is written somewhere', () => {
  Object.values(prompts).forEach((key) => assert.ok(chinese[key], key));
});

test('texts: none is left over', () => {
  const folder = join(process.env['XUESHI_SOURCE']!, 'firmware/kiosk/web/src');
  const page = (readdirSync(folder, { recursive: true }) as string[])
    .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('texts'))
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n');
  const groups = [
    ...codesIn(page, /`([a-z]+\.[a-z_]*)\$\{/g),
    ...codesIn(page, /sentence\(say, '(\w+)'/g).map((group) => `${group}.`),
  ];
  const used = (key: string) => page.includes(`'${key}'`) || groups.some((group) => key.startsWith(group));
  assert.deepEqual(
    Object.keys(chinese).filter((key) => !used(key) && key !== 'language.name'),
    [],
  );
});

test('clock: Shanghai time, whatever the machine thinks', () => {
  const wall = Date.UTC(2026, 10, 27, 23, 59, 8);
  assert.equal(timeOfDay(wall, true), '07:59:08');
  assert.equal(timeOfDay(wall), '07:59');
  assert.equal(day(wall), '2026-11-28');
  assert.equal(countdown(90_001), '1:31');
  assert.equal(countdown(1), '0:01');
  assert.equal(countdown(-5), '0:00');
});

// What teachers and admins see.
import { expect, type Page } from '@playwright/test';
import { people } from './answers';
import { hello, lesson, ready, samplePicture, unset } from './stand_in';
import { bigButton, login, type Scene } from './steps';

async function person(page: Page, index: number): Promise<void> {
  await login(page, 'admin');
  await page.locator('.name').nth(index).click();
  await expect(page.locator('.consents')).toBeVisible();
}

/** Their face is being enrolled. */
async function startFace(page: Page): Promise<void> {
  await person(page, 0);
  await bigButton(page, 0).click();
  await page.locator('.capture .button-main').click();
  await bigButton(page, 0).click();
  await expect(page.locator('.capture .guidance')).toBeVisible();
}

export const staffScenes: Scene[] = [
  {
    name: 'teacher_missing',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await expect(page.locator('.name').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_manual',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.name').first().click();
    },
  },
  {
    name: 'teacher_claims',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(1).click();
      await expect(page.locator('.line').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_plan',
    first: [hello, { ...unset, picked: { class: 'c1', lesson: 'l1', title: lesson.title } }, ready],
    reach: async (_, page) => {
      await login(page, 'teacher');
      await expect(page.locator('.name').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_difficulties',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(2).click();
      await expect(page.locator('.name').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_difficulty',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(2).click();
      await page.locator('.name').first().click();
    },
  },
  {
    name: 'teacher_lessons',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(3).click();
      await expect(page.locator('.line').first()).toBeVisible();
    },
  },
  {
    name: 'teacher_change',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(3).click();
      await page.locator('.name').nth(1).click();
    },
  },
  {
    name: 'teacher_change_time',
    reach: async (_, page) => {
      await login(page, 'teacher');
      await page.locator('.tab').nth(3).click();
      await page.locator('.name').nth(1).click();
      await page.locator('.choices .button').first().click();
      await page.locator('.stepper .button').nth(3).click();
    },
  },
  {
    name: 'admin_people',
    reach: async (_, page) => {
      await login(page, 'admin');
      await expect(page.locator('.name').first()).toBeVisible();
    },
  },
  { name: 'admin_person', reach: async (_, page) => person(page, 0) },
  {
    name: 'admin_consent',
    reach: async (_, page) => {
      await person(page, 2);
      await page.locator('.consent .button-main').first().click();
      await expect(page.locator('.consent-text')).toBeVisible();
    },
  },
  {
    name: 'admin_consent_of_child',
    reach: async (_, page) => {
      await person(page, 2);
      await page.locator('.consent .button-main').first().click();
      await page.locator('.check input').first().check();
      await expect(page.getByRole('group').locator('.button')).toHaveCount(3);
    },
  },
  {
    name: 'admin_finger',
    reach: async (_, page) => {
      await person(page, 0);
      await bigButton(page, 1).click();
    },
  },
  {
    name: 'admin_finger_running',
    reach: async (terminal, page) => {
      await person(page, 0);
      await bigButton(page, 1).click();
      await page.locator('.fingers .button').nth(1).click();
      await expect(page.locator('.capture .guidance')).toBeVisible();
      terminal.progress(terminal.lastId, {
        stage: 2,
        of: 5,
        guidance: 'lift_and_retry',
        text_zh: '',
        text_en: '',
      });
      await expect(page.locator('.stages')).toBeVisible();
    },
  },
  {
    name: 'admin_document',
    reach: async (_, page) => {
      await person(page, 0);
      await bigButton(page, 0).click();
    },
  },
  {
    name: 'admin_document_held',
    reach: async (terminal, page) => {
      await person(page, 0);
      await bigButton(page, 0).click();
      await page.locator('.capture .button').first().click();
      terminal.progress(terminal.lastId, { document: 'hold_straight' });
      await expect(page.locator('.capture .guidance')).toContainText(/straight|摆正|똑바로/);
    },
  },
  {
    name: 'admin_document_taken',
    reach: async (terminal, page) => {
      const portrait = (await samplePicture(page)).toString('base64');
      terminal.answers['photograph_document'] = () => ({ result: { portrait } });
      await person(page, 0);
      await bigButton(page, 0).click();
      await page.locator('.capture .button').first().click();
      await expect(page.locator('.portrait')).toBeVisible();
    },
  },
  {
    name: 'admin_witnesses',
    reach: async (_, page) => {
      await person(page, 0);
      await bigButton(page, 0).click();
      await page.locator('.capture .button-main').click();
      await page.locator('.name').nth(0).click();
    },
  },
  {
    name: 'admin_face_running',
    reach: async (terminal, page) => {
      await startFace(page);
      terminal.progress(terminal.lastId, {
        stage: 3,
        of: 5,
        guidance: 'look_left',
        text_zh: '',
        text_en: '',
      });
      await expect(page.locator('.stages')).toBeVisible();
    },
  },
  {
    name: 'admin_face_similar',
    reach: async (terminal, page) => {
      await startFace(page);
      terminal.progress(terminal.lastId, { refusal: 'duplicate_face' });
      terminal.say({ type: 'answer', id: terminal.lastId, error: { code: 'already_exists', message: '' } });
      await bigButton(page, 0).click();
      await expect(page.locator('.question')).toBeVisible();
    },
  },
  {
    name: 'admin_of_two_classes',
    reach: async (terminal, page) => {
      terminal.answers['people'] = () => ({
        result: {
          people: people.map((one, i) => (i % 2 ? { ...one, class: 'c2', class_name: '电工（初级）' } : one)),
        },
      });
      await login(page, 'admin');
      await expect(page.locator('.name').first()).toContainText(lesson.class_name);
      terminal.answers['people'] = () => ({ result: { people } }); // for the next scene
    },
  },
  {
    name: 'admin_erase',
    reach: async (_, page) => {
      await person(page, 0);
      await page.locator('.button-no').click();
    },
  },
  {
    name: 'admin_withdraw_one',
    reach: async (_, page) => {
      await person(page, 0);
      await page.locator('.consent .button:not(.button-main)').first().click();
      await expect(page.locator('.question')).toBeVisible();
    },
  },
  {
    name: 'admin_test',
    reach: async (terminal, page) => {
      await login(page, 'admin');
      await page.locator('.tab').nth(1).click();
      terminal.say({ type: 'sound', dbfs: -72, silent_below: -65 });
      await expect(page.locator('.level .mark')).toBeVisible();
    },
  },
  {
    name: 'admin_device',
    reach: async (_, page) => {
      await login(page, 'admin');
      await page.locator('.tab').nth(2).click();
      await expect(page.locator('.fact-name').first()).toBeVisible();
    },
  },
];

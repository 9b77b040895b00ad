import { useEffect, useState } from 'preact/hooks';
import { nowMs, useApp } from '../../app';
import { Icon } from '../../parts/icon';
import { Sheet } from '../../parts/sheet';
import { useOnce } from '../../parts/use_once';
import { errorText, listOf, useOrder, type Asked } from '../../parts/use_order';
import { language, languages } from '../../state';
import type { OrderError } from '../../terminal/messages';
import { speaker, tables, type Language, type Speak } from '../../texts';
import type { Enrolled } from '../admin';

export const purposes = ['face', 'finger', 'clips_leave_device', 'passed_to_bureau'] as const;
export type Purpose = (typeof purposes)[number];

/** Who consents for a child, as the terminal knows them: nobody's name is kept. */
export const guardians = ['mother', 'father', 'other_guardian'] as const;
type Guardian = (typeof guardians)[number];

interface ConsentText {
  purpose: string;
  language: string;
  text: string;
  text_hash: string;
}

/** What may be agreed to, each alone, after its text was read on this screen. */
export function Consents(props: {
  who: Enrolled;
  onRead: (purpose: Purpose) => void;
  onWithdraw: (purpose: Purpose) => void;
}) {
  const { say } = useApp();
  const { who, onRead, onWithdraw } = props;
  return (
    <ul class="consents">
      {purposes.map((purpose) => {
        const given = who.consents.includes(purpose);
        return (
          <li class="consent">
            <Icon name={given ? 'ok' : 'no'} />
            <span>
              {say(`admin.purpose_${purpose}`)}
              <small>{given ? say('admin.consented') : say('admin.not_consented')}</small>
            </span>
            {given ? (
              <button class="button" onClick={() => onWithdraw(purpose)}>
                {say('admin.withdraw_one')}
              </button>
            ) : (
              <button class="button button-main" onClick={() => onRead(purpose)}>
                {say('admin.show_text')}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** Why there is no text to read: not yet, or not in this language. */
function withoutText(say: Speak, { result, error }: Asked): string {
  if (error !== null) {
    return errorText(say, error);
  }
  return say(result === null ? 'order.working' : 'error.not_found');
}

/** So long is a text read without a touch: the longest one slowly, or twice. */
const readingMs = 5 * 60_000;

/** Whoever reads is there, though nobody touches the page: the terminal hears so, and keeps the admin's login. */
function useReading(reads: boolean): void {
  const { state, link } = useApp();
  const idleMs = (state.hello?.session_idle_s ?? 120) * 1000;
  const touchedAtMs = state.touchedAtMs;
  useEffect(() => {
    if (!reads) {
      return undefined;
    }
    const tell = () => nowMs() - touchedAtMs < readingMs && link.used();
    const timer = setInterval(tell, idleMs / 3);
    return () => clearInterval(timer);
  }, [link, reads, idleMs, touchedAtMs]);
}

/** The text in the trainee's own language, whatever the admin's is, to be read by them; and the two answers. */
export function ConsentReading(props: { who: Enrolled; purpose: Purpose; onDone: () => void }) {
  const { state, link } = useApp();
  const [reading, setReading] = useState<Language>(language(state));
  const say = speaker(reading);
  const [under14, setUnder14] = useState(false);
  const [guardian, setGuardian] = useState<Guardian | null>(null);
  const [error, setError] = useState<OrderError | null>(null);
  const { busy, once } = useOnce();
  const asked = useOrder('consent_texts');
  const texts = listOf<ConsentText>(asked, 'texts').filter((one) => one.purpose === props.purpose);
  const text = texts.find((one) => one.language === reading);
  const offered = languages(state).filter((code) => texts.some((one) => one.language === code));
  useReading(text !== undefined);
  const title = say(`admin.purpose_${props.purpose}`);
  if (text === undefined) {
    return (
      <Sheet title={title} back={say('button.back')} lang={reading} onBack={props.onDone}>
        <Languages codes={offered} chosen={reading} onChoose={setReading} />
        <p role="status">{withoutText(say, asked)}</p>
      </Sheet>
    );
  }
  const agree = async () => {
    const of14 = under14 ? { under_14: true, guardian } : {};
    const order = { person: props.who.person, purpose: props.purpose, text_hash: text.text_hash, ...of14 };
    const outcome = await link.orders.order('consent', order);
    if (outcome.ok) {
      props.onDone();
    } else {
      setError(outcome.error);
    }
  };
  return (
    <Sheet title={title} back={say('button.back')} lang={reading} onBack={props.onDone}>
      <Languages codes={offered} chosen={reading} onChoose={setReading} />
      <p>{say('admin.consent_read')}</p>
      <p class="consent-text" tabIndex={0}>
        {text.text}
      </p>
      <Child
        say={say}
        guardian={guardian}
        under14={under14}
        onUnder14={setUnder14}
        onGuardian={setGuardian}
      />
      {error !== null && <p role="alert">{errorText(say, error)}</p>}
      <div class="choices">
        <button
          class="button button-big button-main"
          disabled={busy || (under14 && guardian === null)}
          onClick={() => once(agree)}
        >
          <Icon name="ok" />
          {say('admin.agree')}
        </button>
        <button class="button button-big" disabled={busy} onClick={props.onDone}>
          {say('admin.disagree')}
        </button>
      </div>
    </Sheet>
  );
}

/** Of a child under 14 a guardian consents. */
function Child(props: {
  say: Speak;
  under14: boolean;
  guardian: Guardian | null;
  onUnder14: (yes: boolean) => void;
  onGuardian: (who: Guardian) => void;
}) {
  const { say, under14 } = props;
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={under14}
          onChange={(event) => props.onUnder14(event.currentTarget.checked)}
        />
        {say('admin.under_14')}
      </label>
      {under14 && (
        <div class="choices" role="group" aria-label={say('admin.guardian')}>
          <span>{say('admin.guardian')}</span>
          {guardians.map((who) => (
            <button
              class="button"
              aria-pressed={props.guardian === who}
              onClick={() => props.onGuardian(who)}
            >
              {say(`guardian.${who}`)}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

/** The languages in which the text can be read, each by its own name; of one alone there is no choice. */
function Languages(props: { codes: Language[]; chosen: Language; onChoose: (code: Language) => void }) {
  const { codes, chosen, onChoose } = props;
  if (codes.every((code) => code === chosen)) {
    return null;
  }
  return (
    <div class="choices" role="group" aria-label={speaker(chosen)('admin.consent_language')}>
      {codes.map((code) => (
        <button class="button" lang={code} aria-pressed={code === chosen} onClick={() => onChoose(code)}>
          {code === chosen && <Icon name="ok" />}
          {tables[code]['language.name']}
        </button>
      ))}
    </div>
  );
}

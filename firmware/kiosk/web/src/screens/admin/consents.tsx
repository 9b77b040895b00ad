import { useState } from 'preact/hooks';
import { useApp } from '../../app';
import { Icon } from '../../parts/icon';
import { Sheet } from '../../parts/sheet';
import { useOnce } from '../../parts/use_once';
import { errorText, listOf, useOrder, type Asked } from '../../parts/use_order';
import { language } from '../../state';
import type { OrderError } from '../../terminal/messages';
import type { Speak } from '../../texts';
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

/** The text in the chosen language, to be read by the trainee, and the two answers. */
export function ConsentReading(props: { who: Enrolled; purpose: Purpose; onDone: () => void }) {
  const { state, say, link } = useApp();
  const [under14, setUnder14] = useState(false);
  const [guardian, setGuardian] = useState<Guardian | null>(null);
  const [error, setError] = useState<OrderError | null>(null);
  const { busy, once } = useOnce();
  const asked = useOrder('consent_texts');
  const text = listOf<ConsentText>(asked, 'texts').find(
    (one) => one.purpose === props.purpose && one.language === language(state),
  );
  const title = say(`admin.purpose_${props.purpose}`);
  if (text === undefined) {
    return (
      <Sheet title={title} back={say('button.back')} onBack={props.onDone}>
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
    <Sheet title={title} back={say('button.back')} onBack={props.onDone}>
      <p>{say('admin.consent_read')}</p>
      <p class="consent-text" lang={text.language} tabIndex={0}>
        {text.text}
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={under14}
          onChange={(event) => setUnder14(event.currentTarget.checked)}
        />
        {say('admin.under_14')}
      </label>
      {under14 && (
        <div class="choices" role="group" aria-label={say('admin.guardian')}>
          <span>{say('admin.guardian')}</span>
          {guardians.map((who) => (
            <button class="button" aria-pressed={guardian === who} onClick={() => setGuardian(who)}>
              {say(`guardian.${who}`)}
            </button>
          ))}
        </div>
      )}
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

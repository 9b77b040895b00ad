import { useState } from 'preact/hooks';
import { useApp } from '../app';
import { Icon } from '../parts/icon';
import { Keypad } from '../parts/keypad';
import { Sheet } from '../parts/sheet';
import { useOnce } from '../parts/use_once';
import { errorText } from '../parts/use_order';
import type { StaffRole } from './staff';

/** The first PIN of a role, typed twice; only while the terminal is put up. */
export function FirstPin({ role, onEnd }: { role: StaffRole; onEnd: () => void }) {
  const { say, link } = useApp();
  const [first, setFirst] = useState<string | null>(null);
  const [digits, setDigits] = useState('');
  const [wrong, setWrong] = useState('');
  const { busy, once } = useOnce();
  const begin = (why: string) => {
    setFirst(null);
    setWrong(why);
  };
  const set = async () => {
    const outcome = await link.orders.order('first_pin', { role, pin: digits });
    if (outcome.ok) {
      onEnd();
    } else {
      begin(
        outcome.error.code === 'invalid_argument' ? say('first_pin.weak') : errorText(say, outcome.error),
      );
    }
  };
  const typed = () => {
    setDigits('');
    setWrong('');
    if (first === null) {
      setFirst(digits);
    } else if (first !== digits) {
      begin(say('first_pin.differ'));
    } else {
      once(set);
    }
  };
  const title = first === null ? say('first_pin.choose') : say('first_pin.again');
  return (
    <Sheet title={`${say(`pin.${role}`)} · ${title}`} back={say('button.back')} onBack={onEnd}>
      <p>{say('first_pin.rule')}</p>
      <output class="typed" aria-label={say('pin.digits', { n: digits.length })}>
        {'●'.repeat(digits.length)}
      </output>
      {wrong !== '' && (
        <p class="notice-line" role="alert">
          <Icon name="no" />
          {wrong}
        </p>
      )}
      <Keypad value={digits} most={12} busy={busy} onChange={setDigits} onOk={typed} />
    </Sheet>
  );
}

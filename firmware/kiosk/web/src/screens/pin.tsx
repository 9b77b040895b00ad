import { useState } from 'preact/hooks';
import { useApp } from '../app';
import { countdown } from '../clock';
import { Icon } from '../parts/icon';
import { Keypad } from '../parts/keypad';
import { PinCommand } from '../parts/pin_command';
import { Sheet } from '../parts/sheet';
import { useLockout } from '../parts/use_lockout';
import { useOnce } from '../parts/use_once';
import { errorText } from '../parts/use_order';
import { pinsToChoose } from '../state';
import type { OrderError } from '../terminal/messages';
import { FirstPin } from './first_pin';
import type { StaffRole } from './staff';

/** The PIN of a role; after too many wrong ones, how long it is locked. */
export function Pin({ role, onBack }: { role: StaffRole; onBack: () => void }) {
  const { state, say, link } = useApp();
  const [digits, setDigits] = useState('');
  const [error, setError] = useState<OrderError | null>(null);
  const { leftMs, answered } = useLockout();
  const { busy, once } = useOnce();
  const locked = leftMs > 0;
  if (state.hello?.pins[role] === false) {
    return pinsToChoose(state).includes(role) ? (
      <FirstPin role={role} onEnd={onBack} />
    ) : (
      <NoPin role={role} onBack={onBack} />
    );
  }
  const login = async () => {
    setError(null);
    const outcome = await link.orders.order('login', { role, pin: digits });
    setDigits('');
    if (!outcome.ok) {
      setError(outcome.error);
      answered(outcome.error);
    }
  };
  return (
    <Sheet title={`${say(`pin.${role}`)} · ${say('pin.title')}`} back={say('button.back')} onBack={onBack}>
      {locked ? (
        <div class="notice notice-no" role="alert">
          <Icon name="lock" />
          <p class="question">{say('pin.locked')}</p>
          <p>{say('pin.locked_detail', { time: countdown(leftMs) })}</p>
        </div>
      ) : (
        <output class="typed" aria-label={say('pin.digits', { n: digits.length })}>
          {'●'.repeat(digits.length)}
        </output>
      )}
      {!locked && error !== null && (
        <p class="notice-line" role="alert">
          <Icon name="no" />
          {error.code === 'denied' ? say('pin.wrong') : errorText(say, error)}
        </p>
      )}
      {!locked && (
        <Keypad value={digits} most={12} busy={busy} onChange={setDigits} onOk={() => once(login)} />
      )}
    </Sheet>
  );
}

function NoPin({ role, onBack }: { role: StaffRole; onBack: () => void }) {
  const { say } = useApp();
  return (
    <Sheet title={say(`pin.${role}`)} back={say('button.back')} onBack={onBack}>
      <p>{say('pin.none')}</p>
      <p>{say('pin.by_command')}</p>
      <PinCommand role={role} />
    </Sheet>
  );
}

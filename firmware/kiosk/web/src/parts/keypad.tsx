import { useApp } from '../app';
import { Icon } from './icon';

/** Ten large keys. The digits themselves are shown by whoever uses it. */
export function Keypad(props: {
  value: string;
  most: number;
  busy?: boolean; // what was typed is being looked at
  onChange: (value: string) => void;
  onOk: () => void;
}) {
  const { say } = useApp();
  const { value, most, busy, onChange, onOk } = props;
  const key = (digit: string) => (
    <button class="key" disabled={busy || value.length >= most} onClick={() => onChange(value + digit)}>
      {digit}
    </button>
  );
  return (
    <div class="keypad">
      {[...'123456789'].map(key)}
      <button
        class="key"
        aria-label={say('button.delete')}
        disabled={busy || value === ''}
        onClick={() => onChange(value.slice(0, -1))}
      >
        <Icon name="left" />
      </button>
      {key('0')}
      <button class="key key-ok" disabled={busy || value === ''} onClick={onOk}>
        {say('button.ok')}
      </button>
    </div>
  );
}

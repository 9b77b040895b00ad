import { useApp } from '../app';
import { sentence, type Speak } from '../texts';
import type { Status } from '../terminal/messages';
import { Icon, type IconName } from './icon';

interface Chip {
  tone: 'calm' | 'fix' | 'no';
  icon: IconName;
  text: string;
}

/** The gravest of what is not as it should be, how many more there are, and the link. */
export function chips(status: Status, say: Speak): Chip[] {
  const found: Chip[] = status.alarms
    .filter((alarm) => alarm !== 'sync_stopped') // the link's own chip says that
    .map((alarm) => ({ tone: 'no', icon: 'warn', text: sentence(say, 'alarm', alarm) }));
  if (status.clock === 'holdover') {
    found.push({ tone: 'fix', icon: 'clock', text: say('clock.holdover') });
  }
  for (const [device, state] of Object.entries(status.devices)) {
    if (state === 'down' && device !== 'camera') {
      found.push({ tone: 'fix', icon: 'warn', text: sentence(say, 'device', `${device}_down`) });
    }
  }
  const [gravest, ...more] = found;
  if (gravest === undefined) {
    return [link(status, say)];
  }
  return [
    { ...gravest, text: gravest.text + (more.length > 0 ? ` +${more.length}` : '') },
    link(status, say),
  ];
}

function link({ sync }: Status, say: Speak): Chip {
  const queue = sync.queue > 0;
  switch (sync.state) {
    case 'online':
      return {
        tone: 'calm',
        icon: 'linked',
        text: queue ? say('link.queue', { n: sync.queue }) : say('link.online'),
      };
    case 'stopped':
      return { tone: 'fix', icon: 'unlinked', text: say('link.stopped') };
    default:
      return {
        tone: 'fix',
        icon: 'unlinked',
        text: queue ? say('link.offline_queue', { n: sync.queue }) : say('link.offline'),
      };
  }
}

export function Chips() {
  const { state, say } = useApp();
  return (
    <ul class="chips">
      {state.idleLogout && (
        <li class="chip chip-calm">
          <Icon name="lock" />
          <span>{say('order.idle_logout')}</span>
        </li>
      )}
      {state.status !== null &&
        chips(state.status, say).map((chip) => (
          <li class={`chip chip-${chip.tone}`}>
            <Icon name={chip.icon} />
            <span>{chip.text}</span>
          </li>
        ))}
    </ul>
  );
}

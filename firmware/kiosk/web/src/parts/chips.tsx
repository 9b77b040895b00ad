import { useApp } from '../app';
import { sentence, type Speak } from '../texts';
import type { Status } from '../terminal/messages';
import { Icon, type IconName } from './icon';

interface Chip {
  tone: 'calm' | 'fix' | 'no';
  icon: IconName;
  text: string;
}

/** What is not as it should be; all well: that the terminal is connected. At most three, the gravest first. */
export function chips(status: Status, say: Speak): Chip[] {
  const found: Chip[] = status.alarms
    .filter((alarm) => alarm !== 'sync_stopped') // the link's own chip says that
    .map((alarm) => ({ tone: 'no', icon: 'warn', text: sentence(say, 'alarm', alarm) }));
  for (const [device, state] of Object.entries(status.devices)) {
    if (state === 'down' && device !== 'camera') {
      found.push({ tone: 'fix', icon: 'warn', text: sentence(say, 'device', `${device}_down`) });
    }
  }
  found.push(link(status, say));
  return found.slice(-3);
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

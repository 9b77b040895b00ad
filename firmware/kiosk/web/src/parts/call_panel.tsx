import { useApp } from '../app';
import { Icon } from './icon';

const most = 6;

/** Whom the bureau asks, inside the lesson, to show that they are there. */
export function CallPanel({ people }: { people: { name: string; number: string }[] }) {
  const { say } = useApp();
  return (
    <section class="panel call" role="status">
      <h2 class="call-title">
        <Icon name="hand" />
        {say('call.title')}
      </h2>
      <ul class="called">
        {people.slice(0, most).map(({ name, number }) => (
          <li>
            <span class="called-number">{number}</span> {name}
          </li>
        ))}
      </ul>
      {people.length > most && <p>{say('call.more', { n: people.length - most })}</p>}
    </section>
  );
}

import { useApp } from '../app';
import { Icon } from '../parts/icon';

export function Connecting() {
  const { say } = useApp();
  return (
    <main class="only" role="status">
      <Icon name="wait" />
      <h1>{say('link.lost')}</h1>
      <p>{say('link.lost_detail')}</p>
    </main>
  );
}

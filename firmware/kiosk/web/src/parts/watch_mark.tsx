import { useApp } from '../app';
import { sentence } from '../texts';
import { Icon } from './icon';

/** On every screen: somebody far away looks at the classroom, and who. */
export function WatchMark() {
  const { state, say } = useApp();
  const watchers = state.status?.watchers ?? [];
  if (watchers.length === 0) {
    return null;
  }
  return (
    <aside class="watched" role="status" aria-label={say('watch.title')}>
      {watchers.map(({ what, by }) => (
        <p>
          <Icon name="eye" />
          <span>{sentence(say, 'watch', what)}</span>
          <strong class="watched-by">{by}</strong>
        </p>
      ))}
    </aside>
  );
}

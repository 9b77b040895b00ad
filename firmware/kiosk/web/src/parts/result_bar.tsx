import { useApp } from '../app';
import { sentence } from '../texts';
import { Icon } from './icon';
import { resultText } from './result_panel';

/** Below the claim, which somebody else's result leaves standing: it is told, and no name moves from under a finger. */
export function ResultBar() {
  const { state, say } = useApp();
  const result = state.shown?.result;
  if (result === undefined || state.screen !== 'claim') {
    return null;
  }
  if (result.outcome === 'refused') {
    return (
      <aside class="result-bar result-no" role="status">
        <Icon name="no" />
        <span>{sentence(say, 'refused', result.reason)}</span>
      </aside>
    );
  }
  return (
    <aside class="result-bar result-ok" role="status">
      <Icon name="ok" />
      <strong class="result-bar-name">
        {`${say('result.number', { number: result.number })} ${result.name}`.trim()}
      </strong>
      <span>{resultText(result, say)}</span>
    </aside>
  );
}

import type { ComponentChildren } from 'preact';
import { useApp } from '../../app';
import { Icon } from '../../parts/icon';

/** What a teacher may choose about one person or lesson, then what came of it (`end`); and the way back. */
export function Question(props: {
  title: string;
  end: string | null;
  onEnd: () => void;
  children: ComponentChildren;
}) {
  const { say } = useApp();
  return (
    <section class="question">
      <h2 class="section-title">{props.title}</h2>
      {props.end === null ? props.children : <p role="status">{props.end}</p>}
      <button class="button" onClick={props.onEnd}>
        <Icon name="left" />
        {say('button.back')}
      </button>
    </section>
  );
}

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icon';

/** A whole screen with a title and a way back. */
export function Sheet(props: {
  title: string;
  back: string;
  lang?: string; // where it is not the page's
  onBack: () => void;
  children: ComponentChildren;
}) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <main class="sheet" lang={props.lang}>
      <header class="sheet-head">
        <button class="button" onClick={props.onBack}>
          <Icon name="left" />
          {props.back}
        </button>
        <h1 ref={title} tabIndex={-1}>
          {props.title}
        </h1>
      </header>
      <div class="sheet-body">{props.children}</div>
    </main>
  );
}

import type { ComponentChildren } from 'preact';
import { useState, type MutableRef } from 'preact/hooks';
import { useApp } from '../app';
import { Icon } from './icon';

/** A long list by pages with large buttons: nobody must scroll. `place`: the page, kept by whoever leaves and comes back. */
export function Pages<T>(props: {
  items: T[];
  size: number;
  place?: MutableRef<number>;
  children: (item: T) => ComponentChildren;
}) {
  const { say } = useApp();
  const [wanted, setWanted] = useState(props.place?.current ?? 0);
  const turnTo = (page: number) => {
    setWanted(page);
    if (props.place !== undefined) {
      props.place.current = page;
    }
  };
  const pages = Math.max(1, Math.ceil(props.items.length / props.size));
  const page = Math.min(wanted, pages - 1);
  return (
    <div class="pages">
      <ul class="grid">
        {props.items.slice(page * props.size, (page + 1) * props.size).map((item) => (
          <li>{props.children(item)}</li>
        ))}
      </ul>
      {pages > 1 && (
        <nav class="pager">
          <button class="button" disabled={page === 0} onClick={() => turnTo(page - 1)}>
            <Icon name="left" />
            {say('button.previous_page')}
          </button>
          <span>{say('claim.page', { page: page + 1, pages })}</span>
          <button class="button" disabled={page === pages - 1} onClick={() => turnTo(page + 1)}>
            {say('button.next_page')}
            <Icon name="right" />
          </button>
        </nav>
      )}
    </div>
  );
}

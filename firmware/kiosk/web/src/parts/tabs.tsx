/** A row of tabs that are plain buttons: each names its own part. */
export function Tabs<Name extends string>(props: {
  tabs: readonly (readonly [Name, string])[];
  chosen: Name;
  onChoose: (name: Name) => void;
}) {
  return (
    <nav class="tabs">
      {props.tabs.map(([name, text]) => (
        <button class="button tab" aria-pressed={name === props.chosen} onClick={() => props.onChoose(name)}>
          {text}
        </button>
      ))}
    </nav>
  );
}

import { useState } from 'preact/hooks';
import { useApp } from '../../app';
import { day, timeOfDay } from '../../clock';
import { errorText, useOrder } from '../../parts/use_order';
import { syncError } from '../../state';

/** Network, storage, versions, and the report for whoever mends it. */
export function DevicePage() {
  const { state, say, link } = useApp();
  const [note, setNote] = useState('');
  const asked = useOrder('status');
  const report = useOrder('diagnostics').result?.['report'] as Report | undefined;
  const sync = state.status?.sync;
  const save = () => {
    void link.orders.order('diagnostics').then((outcome) => {
      if (!outcome.ok) {
        setNote(errorText(say, outcome.error));
        return;
      }
      download(`xueshi-${day(state.status?.wall_ms ?? 0)}.json`, outcome.result['report']);
      setNote(say(state.hello?.access === 'lan' ? 'admin.saved' : 'admin.saved_here'));
    });
  };
  const receipt = sync?.last_receipt_ms ?? 0;
  const error = syncError(state);
  return (
    <>
      <dl class="facts">
        <dt>{say('admin.network')}</dt>
        <dd>
          {sync?.state === 'online' ? say('link.online') : say('link.offline')} ·{' '}
          {say('link.queue', { n: sync?.queue ?? 0 })}
          <br />
          {say('admin.last_receipt', {
            time: receipt === 0 ? say('admin.never') : `${day(receipt)} ${timeOfDay(receipt)}`,
          })}
          {error !== '' && <small>{error}</small>}
          {report !== undefined && <Interfaces network={report.network} />}
        </dd>
        {report !== undefined && <Storage storage={report.storage} />}
        <dt>{say('admin.versions')}</dt>
        <dd>
          {[state.hello?.version, report?.face_model, report?.finger_matcher].filter(Boolean).join(' · ')}
        </dd>
        {facts(asked.result ?? {}).map(([name, value]) => (
          <>
            <dt class="fact-name">{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      <div class="choices">
        <button class="button button-main" onClick={save}>
          {say('admin.diagnostics')}
        </button>
        <p>{note || say('admin.diagnostics_explain')}</p>
      </div>
    </>
  );
}

/** What of the report is shown here. */
interface Report {
  storage: { capacity_bytes: number; free_bytes: number };
  network: { name: string; up: boolean; addresses: string[] }[];
  face_model: string;
  finger_matcher: string;
}

function Storage({ storage }: { storage: Report['storage'] }) {
  const { say } = useApp();
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  return (
    <>
      <dt>{say('admin.storage')}</dt>
      <dd>
        {say('admin.storage_free', {
          free: gigabytes(storage.free_bytes),
          capacity: gigabytes(storage.capacity_bytes),
        })}
      </dd>
    </>
  );
}

function Interfaces({ network }: { network: Report['network'] }) {
  const { say } = useApp();
  return (
    <ul class="interfaces">
      {network.map(({ name, up, addresses }) => (
        <li>
          {name}: {up ? addresses.join(', ') || say('admin.no_address') : say('admin.state_down')}
        </li>
      ))}
    </ul>
  );
}

/** The terminal's own names and values, two levels deep, as they are: IT staff compare them with xueshictl. */
export function facts(status: Record<string, unknown>, before = ''): [string, string][] {
  return Object.entries(status).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && before === '') {
      return facts(value as Record<string, unknown>, `${name}.`);
    }
    return [[before + name, typeof value === 'object' ? JSON.stringify(value) : String(value)]];
  });
}

function download(name: string, report: unknown): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(report, null, 1)], { type: 'application/json' }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(url);
}

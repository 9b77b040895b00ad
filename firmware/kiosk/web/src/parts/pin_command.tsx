import type { StaffRole } from '../screens/staff';

/** What sets a PIN where nobody may choose it at the screen. */
export function PinCommand({ role }: { role: StaffRole }) {
  return <code class="command">sudo xueshictl kiosk-pin {role}</code>;
}

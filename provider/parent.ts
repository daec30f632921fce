/** Milliseconds between looks at who the parent is. */
const EVERY = 1000;

let watching = false;

/** Ends this process when the engine that started it has died without saying so: its sessions on the hosts end with it. */
export function endWithParent(): void {
  if (watching) return;
  watching = true;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, EVERY).unref();
}

/** The one door to the network. Shut, it lets nothing past this machine, whoever asks. */
import { StudioError } from './errors';

/** `this-machine`: only loopback addresses, and reading (never sending) from where the page itself came from. */
export type Door = 'open' | 'this-machine';

let door: Door = 'open';
let home: string | undefined;

/** @param base the page's own address; its origin stays readable, because the page's own files come from there. */
export function setDoor(state: Door, base?: string): void {
  door = state;
  home = base ?? home;
}

export function doorState(): Door {
  return door;
}

/** Whether a request to `url` may be made now. */
export function mayReach(url: string, method = 'GET'): boolean {
  if (door === 'open') return true;
  const { origin, hostname, protocol } = new URL(url, home);
  if (protocol === 'blob:' || protocol === 'data:' || isLoopback(hostname)) return true;
  return method === 'GET' && home !== undefined && origin === new URL(home).origin;
}

/** This very machine: `localhost`, its subdomains, 127.0.0.0/8 and ::1. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** `fetch`, if the door lets it. With the door shut a redirect is an error too: it could lead out. Throws `network-door-shut`. */
export async function reach(url: string, init: RequestInit = {}): Promise<Response> {
  if (mayReach(url, init.method)) return fetch(url, door === 'open' ? init : { ...init, redirect: 'error' });
  throw new StudioError('network-door-shut', `Nothing may leave this machine, so ${new URL(url, home).host} was not asked.`, {
    kept: 'Nothing was sent.',
    remedy: 'Open the network door in Settings, or use what is on this machine.',
  });
}

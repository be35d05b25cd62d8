/** Builds and serves the studio; resolves to what ends it. Its address is in STUDIO_URL. */
export function setup(): Promise<() => Promise<void>>;

/** Types of environment.mjs for the configuration files and tests that import it. */
export const root: string;
export const chromiumFlags: string[];
export const softwareFlag: string;
export function say(text: string): void;
export function missingPackage(): string | undefined;
export function ensureInstalled(): void;
export function findBrowser(): Promise<string | undefined>;
export function ensureBrowser(): Promise<string | undefined>;
export function dawnEnvironment(): Promise<Record<string, string>>;

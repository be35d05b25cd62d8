/** What every script needs of the machine: installed packages, a browser, and the surroundings of Dawn's bindings in Node. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');
const windows = process.platform === 'win32';

/** Flags under which headless Chromium offers WebGPU, on its software adapter where there is no GPU, and stays off the network. */
export const chromiumFlags = [
  '--headless=new', '--no-sandbox', '--enable-unsafe-webgpu', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--no-first-run',
];
export const softwareFlag = '--use-webgpu-adapter=swiftshader';

/** Progress goes to stderr: stdout belongs to results. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs a program to its end and returns its exit status; its output is shown only if it fails. */
function quietly(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  if (done.status !== 0) say(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}`.trimEnd());
  return done.status ?? 1;
}

/** The first package the lock asks for that node_modules lacks or has in another version; undefined if all is there. */
export function missingPackage() {
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const record = join(root, 'node_modules', '.package-lock.json');
  const present = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')).packages : {};
  return Object.keys(wanted).find((path) => {
    const entry = wanted[path];
    if (path === '' || entry.link || entry.optional || entry.devOptional) return false;
    return present[path]?.version !== entry.version;
  });
}

/** Installs the packages of package-lock.json if any is missing. Ends the process with a plain sentence if that fails. */
export function ensureInstalled() {
  const missing = missingPackage();
  if (!missing) return;
  say(`Installing packages (npm ci): ${missing} is not there yet. This takes about a minute.`);
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  if (quietly('npm', args, { shell: windows }) !== 0) {
    say('The packages could not be installed. Check the network and the space on the disk, then run the same command again.');
    process.exit(1);
  }
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where browsers of the Chromium family live, best first: on PATH, then the usual places. */
function browserPlaces() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge', 'msedge'];
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const places = names.flatMap((name) => folders.map((folder) => join(folder, windows ? `${name}.exe` : name)));
  if (windows) {
    for (const base of [process.env.ProgramFiles, process.env['ProgramFiles(x86)'], process.env.LOCALAPPDATA]) {
      if (!base) continue;
      places.push(join(base, 'Google/Chrome/Application/chrome.exe'), join(base, 'Chromium/Application/chrome.exe'));
      places.push(join(base, 'Microsoft/Edge/Application/msedge.exe'));
    }
  } else if (process.platform === 'darwin') {
    for (const app of ['Google Chrome', 'Chromium', 'Microsoft Edge']) places.push(`/Applications/${app}.app/Contents/MacOS/${app}`);
  } else {
    places.push('/usr/bin/chromium', '/usr/bin/chromium-browser', '/opt/google/chrome/chrome', '/snap/bin/chromium');
  }
  return places;
}

/** Path of a browser of the Chromium family, or undefined. CHROMIUM_PATH comes before anything found. */
export async function findBrowser() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (isProgram(named)) return named;
    throw new Error(`CHROMIUM_PATH is ${named}, which is not a program that can be run.`);
  }
  const found = browserPlaces().find(isProgram);
  if (found) return found;
  try {
    const { chromium } = await import('playwright');
    return isProgram(chromium.executablePath()) ? chromium.executablePath() : undefined;
  } catch {
    return undefined; // packages are not installed yet
  }
}

/** A browser, installed if there is none: the system's package manager, else Playwright's download. Undefined if neither can. */
export async function ensureBrowser() {
  const found = await findBrowser();
  if (found) return found;
  if (process.getuid?.() === 0 && isProgram('/usr/bin/apt-get')) {
    say('No Chromium found: installing it with apt-get install chromium.');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    quietly('apt-get', ['update', '-q'], { env });
    if (quietly('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], { env }) === 0) {
      const installed = await findBrowser();
      if (installed) return installed;
    }
  }
  say('No Chromium found: downloading one with npx playwright install chromium.');
  quietly('npx', ['playwright', 'install', '--no-shell', 'chromium'], { shell: windows });
  const downloaded = await findBrowser();
  if (!downloaded) say('No browser could be had. Install Chromium or Chrome, or set CHROMIUM_PATH to one, and run the same command again.');
  return downloaded;
}

/**
 * Variables to add before Node starts so that Dawn's bindings find an adapter: on Linux without a Vulkan loader the one
 * beside Chromium, and Chromium's SwiftShader after the machine's own drivers, so that hardware still comes first.
 * The loader reads them at process start: give them to a child. A list of drivers chosen by hand is left alone.
 */
export async function dawnEnvironment() {
  if (process.platform !== 'linux') return {};
  const browser = await findBrowser().catch(() => undefined);
  const beside = browser ? [dirname(realpathSync(browser))] : [];
  const folder = [...beside, '/usr/lib/chromium', '/usr/lib64/chromium-browser', '/usr/lib/chromium-browser', '/opt/google/chrome']
    .find((place) => existsSync(join(place, 'vk_swiftshader_icd.json')));
  if (!folder) return {};
  const added = {};
  const libraries = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib', '/lib64', '/usr/local/lib'];
  const given = (process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean);
  if (![...given, ...libraries].some((place) => existsSync(join(place, 'libvulkan.so.1')))) {
    added.LD_LIBRARY_PATH = [...given, folder].join(':');
  }
  if (!process.env.VK_ICD_FILENAMES && !process.env.VK_DRIVER_FILES) {
    const driver = join(folder, 'vk_swiftshader_icd.json');
    const drivers = (process.env.VK_ADD_DRIVER_FILES ?? '').split(':').filter(Boolean);
    if (!drivers.includes(driver)) added.VK_ADD_DRIVER_FILES = [...drivers, driver].join(':');
  }
  return added;
}

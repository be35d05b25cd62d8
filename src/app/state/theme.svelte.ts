/** Light or dark: the system's choice until the person makes one. */
export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'stat-studio-theme';

function kept(): ThemeChoice {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system'; // storage may be blocked; the theme then lasts as long as the tab
  }
}

export class Theme {
  choice = $state<ThemeChoice>(kept());
  #systemDark = $state(matchMedia('(prefers-color-scheme: dark)').matches);
  readonly current: 'light' | 'dark' = $derived(this.choice === 'system' ? (this.#systemDark ? 'dark' : 'light') : this.choice);

  constructor() {
    $effect(() => {
      const media = matchMedia('(prefers-color-scheme: dark)');
      const onChange = () => (this.#systemDark = media.matches);
      media.addEventListener('change', onChange);
      return () => media.removeEventListener('change', onChange);
    });
    $effect.pre(() => {
      document.documentElement.dataset.theme = this.current;
    });
  }

  choose(choice: ThemeChoice): void {
    this.choice = choice;
    try {
      if (choice === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // as above: blocked storage only costs the memory of the choice
    }
  }

  toggle(): void {
    this.choose(this.current === 'dark' ? 'light' : 'dark');
  }
}

/** Mounts the studio: one store, one worker, one page. */
import { mount } from 'svelte';
import { openBrowserStore } from '../store/dexieStore';
import { StudioClient } from '../worker/client';
import './app.css';
import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target, props: { store: openBrowserStore(), client: new StudioClient() } });

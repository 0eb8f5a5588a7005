// Front door of the published package. What it offers today is core; embedding an agent's gate gets an entry of its own.
export * from './core/index.ts';

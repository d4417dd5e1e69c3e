// Snippets for JavaScript: browsers, frameworks, React Native, Node.
import type { Snippet } from './snippets.ts'

const readable =
  'Postern shows stacks as they are sent and takes no source maps. Keep function names when you minify (esbuild and Vite: keepNames) or leave the release unminified; file and line are those of the bundle.'
const init = (more = '') =>
  `Sentry.init({\n${more}  dsn: "{DSN}",\n  release: "app@1.0.0", // tells a regression from an old app\n  environment: "production",\n});`
const crash = 'throw new Error("Postern, do you hear me?");'
const inButton = `setTimeout(() => {\n  ${crash}\n});`

function js(
  platform: string,
  label: string,
  name: string,
  file: string,
  code: string,
  throwIt = inButton,
): Snippet {
  return {
    platform,
    label,
    install: `npm install ${name}`,
    file,
    code: `import * as Sentry from "${name}";\n\n${code}`,
    crash: throwIt,
    readable,
  }
}

export const webSnippets: readonly Snippet[] = [
  js('javascript', 'Browser', '@sentry/browser', 'main.js', init()),
  js(
    'react',
    'React',
    '@sentry/react',
    'instrument.js',
    `${init()}\n\n// First line of main.jsx: import "./instrument";`,
  ),
  js(
    'vue',
    'Vue',
    '@sentry/vue',
    'main.js',
    `import { createApp } from "vue";\nimport App from "./App.vue";\n\nconst app = createApp(App);\n\n${init('  app,\n')}\n\napp.mount("#app");`,
  ),
  js(
    'nextjs',
    'Next.js',
    '@sentry/nextjs',
    'instrumentation-client.ts',
    `${init()}\n\n// The server's part: the same in sentry.server.config.ts, imported by register() of instrumentation.ts.`,
  ),
  {
    ...js(
      'react-native',
      'React Native',
      '@sentry/react-native',
      'App.tsx',
      `${init()}\n\nexport default Sentry.wrap(App);`,
      crash,
    ),
    readable:
      'Release builds are minified; Hermes keeps function names. Native crashes come symbolicated from a build that carries its symbols.',
  },
  {
    ...js(
      'node',
      'Node',
      '@sentry/node',
      'instrument.mjs',
      `${init()}\n\n// Start with: node --import ./instrument.mjs app.js`,
    ),
    readable: null,
  },
]

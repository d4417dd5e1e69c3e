// What to paste to send the first event, for each platform that has an official SDK.
export type Snippet = {
  readonly platform: string
  readonly label: string
  readonly install: string
  readonly file: string
  /** Code with {DSN} where the DSN goes, on a line of its own. */
  readonly code: string
  readonly crash: string
}

const js = (
  install: string,
  name: string,
  from: string,
): Pick<Snippet, 'install' | 'file' | 'code' | 'crash'> => ({
  install: `npm install ${install}`,
  file: name,
  code: `${from}\n\nSentry.init({\n  dsn: "{DSN}",\n  release: "app@1.0.0",\n  environment: "production",\n});`,
  crash: 'Sentry.captureException(new Error("Postern, do you hear me?"));',
})

export const snippets: readonly Snippet[] = [
  {
    platform: 'javascript',
    label: 'Browser',
    ...js('@sentry/browser', 'main.js', 'import * as Sentry from "@sentry/browser";'),
  },
  {
    platform: 'node',
    label: 'Node',
    ...js('@sentry/node', 'instrument.mjs', 'import * as Sentry from "@sentry/node";'),
  },
  {
    platform: 'react-native',
    label: 'React Native',
    ...js('@sentry/react-native', 'App.tsx', 'import * as Sentry from "@sentry/react-native";'),
  },
  {
    platform: 'cocoa',
    label: 'iOS',
    install: 'https://github.com/getsentry/sentry-cocoa (Swift Package Manager)',
    file: 'App.swift',
    code: 'import Sentry\n\nSentrySDK.start { options in\n    options.dsn = "{DSN}"\n    options.environment = "production"\n}',
    crash: 'SentrySDK.crash()',
  },
  {
    platform: 'android',
    label: 'Android',
    install: 'implementation("io.sentry:sentry-android:8.+")',
    file: 'App.kt',
    code: 'import io.sentry.android.core.SentryAndroid\n\nSentryAndroid.init(this) { options ->\n    options.dsn = "{DSN}"\n    options.environment = "production"\n}',
    crash: 'throw RuntimeException("Postern, do you hear me?")',
  },
  {
    platform: 'flutter',
    label: 'Flutter',
    install: 'flutter pub add sentry_flutter',
    file: 'main.dart',
    code: "import 'package:sentry_flutter/sentry_flutter.dart';\n\nawait SentryFlutter.init(\n  (options) {\n    options.dsn = '{DSN}';\n    options.environment = 'production';\n  },\n  appRunner: () => runApp(const MyApp()),\n);",
    crash: "throw StateError('Postern, do you hear me?');",
  },
  {
    platform: 'python',
    label: 'Python',
    install: 'pip install sentry-sdk',
    file: 'main.py',
    code: 'import sentry_sdk\n\nsentry_sdk.init(\n    dsn="{DSN}",\n    release="app@1.0.0",\n    environment="production",\n)',
    crash: 'raise RuntimeError("Postern, do you hear me?")',
  },
  {
    platform: 'go',
    label: 'Go',
    install: 'go get github.com/getsentry/sentry-go',
    file: 'main.go',
    code: 'sentry.Init(sentry.ClientOptions{\n\tDsn:         "{DSN}",\n\tEnvironment: "production",\n})\ndefer sentry.Flush(2 * time.Second)',
    crash: 'sentry.CaptureException(errors.New("Postern, do you hear me?"))',
  },
  {
    platform: 'java',
    label: 'Java',
    install: 'implementation("io.sentry:sentry:8.+")',
    file: 'Main.java',
    code: 'Sentry.init(options -> {\n  options.setDsn("{DSN}");\n  options.setEnvironment("production");\n});',
    crash: 'Sentry.captureException(new RuntimeException("Postern, do you hear me?"));',
  },
  {
    platform: 'ruby',
    label: 'Ruby',
    install: 'bundle add sentry-ruby',
    file: 'config.rb',
    code: 'require "sentry-ruby"\n\nSentry.init do |config|\n  config.dsn = "{DSN}"\n  config.environment = "production"\nend',
    crash: 'Sentry.capture_exception(RuntimeError.new("Postern, do you hear me?"))',
  },
  {
    platform: 'php',
    label: 'PHP',
    install: 'composer require sentry/sentry',
    file: 'index.php',
    code: "\\Sentry\\init([\n    'dsn' => '{DSN}',\n    'environment' => 'production',\n]);",
    crash: '\\Sentry\\captureException(new \\Exception("Postern, do you hear me?"));',
  },
  {
    platform: 'csharp',
    label: '.NET',
    install: 'dotnet add package Sentry',
    file: 'Program.cs',
    code: 'SentrySdk.Init(options =>\n{\n    options.Dsn = "{DSN}";\n    options.Environment = "production";\n});',
    crash: 'SentrySdk.CaptureException(new Exception("Postern, do you hear me?"));',
  },
]

/** @param platform as in the address or the project; unknown: the first */
export function snippetFor(platform: string | null): Snippet {
  const found = snippets.find((snippet) => snippet.platform === platform)
  const [first] = snippets
  if (!first) throw new Error('there are no snippets')
  return found ?? first
}

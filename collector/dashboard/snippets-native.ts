// Snippets for apps and games: iOS, Android, Flutter, Unity, native.
import type { Snippet } from './snippets.ts'

const hear = 'Postern, do you hear me?'
const readable =
  'Postern shows stacks as they are sent and takes no symbol files: what the app itself can name is named, all else is an address in its image.'

export const nativeSnippets: readonly Snippet[] = [
  {
    platform: 'cocoa',
    label: 'iOS',
    install: '# Xcode: File, Add Package Dependencies\nhttps://github.com/getsentry/sentry-cocoa.git',
    file: 'App.swift',
    code: 'import Sentry\nimport SwiftUI\n\n@main\nstruct MyApp: App {\n    init() {\n        SentrySDK.start { options in\n            options.dsn = "{DSN}"\n            options.environment = "production"\n        }\n    }\n}',
    crash: '// Without the debugger attached; it is sent at the next start.\nSentrySDK.crash()',
    readable,
  },
  {
    platform: 'android',
    label: 'Android',
    install: '// build.gradle.kts\ndependencies {\n    implementation("io.sentry:sentry-android:8.+")\n}',
    file: 'AndroidManifest.xml, inside <application>',
    code: '<meta-data\n    android:name="io.sentry.dsn"\n    android:value="{DSN}" />\n<meta-data\n    android:name="io.sentry.environment"\n    android:value="production" />',
    crash: `throw RuntimeException("${hear}")`,
    readable:
      'Postern takes no ProGuard mappings: keep class and method names with -keepnames in proguard-rules.pro.',
  },
  {
    platform: 'flutter',
    label: 'Flutter',
    install: 'flutter pub add sentry_flutter',
    file: 'lib/main.dart',
    code: "import 'package:flutter/widgets.dart';\nimport 'package:sentry_flutter/sentry_flutter.dart';\n\nFuture<void> main() async {\n  await SentryFlutter.init(\n    (options) {\n      options.dsn = '{DSN}';\n      options.environment = 'production';\n    },\n    appRunner: () => runApp(SentryWidget(child: const MyApp())),\n  );\n}",
    crash: `throw StateError('${hear}');`,
    readable,
  },
  {
    platform: 'unity',
    label: 'Unity',
    install: '# Package Manager, Add package from git URL\nhttps://github.com/getsentry/unity.git',
    file: 'Tools > Sentry > DSN',
    code: '{DSN}',
    crash: `throw new System.Exception("${hear}");`,
    readable,
  },
  {
    platform: 'native',
    label: 'Native',
    install:
      '# CMake, with https://github.com/getsentry/sentry-native beside your code\nadd_subdirectory(sentry-native)\ntarget_link_libraries(app PRIVATE sentry)',
    file: 'main.c',
    code: '#include <sentry.h>\n\nint main(void) {\n    sentry_options_t *options = sentry_options_new();\n    sentry_options_set_dsn(options,\n        "{DSN}");\n    sentry_options_set_database_path(options, ".sentry-native");\n    sentry_options_set_release(options, "app@1.0.0");\n    sentry_init(options);\n    /* … */\n    sentry_close();\n}',
    crash: `sentry_capture_event(sentry_value_new_message_event(\n    SENTRY_LEVEL_ERROR, "custom", "${hear}"));`,
    readable,
  },
]

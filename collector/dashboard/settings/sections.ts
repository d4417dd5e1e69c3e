// Every section of the settings, in the order of the list beside the form. To add one: its file here, its
// template, a row below; page, form, rights and API follow from that.
import type { Project } from '../../db/projects.ts'
import { installationAudit, projectAudit } from './audit.ts'
import { detection } from './detection.ts'
import { filing } from './filing.ts'
import { general } from './general.ts'
import { grouping } from './grouping.ts'
import { keys } from './keys.ts'
import { members } from './members.ts'
import { notifications } from './notifications.ts'
import { projects } from './projects.ts'
import { relay } from './relay.ts'
import { resolution } from './resolution.ts'
import { retention } from './retention.ts'
import { scrubbing } from './scrubbing.ts'
import type { Section } from './section.ts'
import { signIn } from './sign-in.ts'
import { tokens } from './tokens.ts'
import { you } from './you.ts'

export const projectSections: readonly Section<Project>[] = [
  general,
  detection,
  filing,
  resolution,
  grouping,
  scrubbing,
  keys,
  relay,
  retention,
  projectAudit,
]

export const installationSections: readonly Section<null>[] = [
  you,
  projects,
  notifications,
  members,
  signIn,
  tokens,
  installationAudit,
]

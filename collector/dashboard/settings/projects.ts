// The way from the settings of the installation to those of each project.
import { listProjects } from '../../db/projects.ts'
import { cutEnd } from '../format.ts'
import { monogramOf } from '../monogram.ts'
import { actionSection } from './section.ts'

export const projects = actionSection<null>({
  key: 'projects',
  title: 'Projects',
  who: { view: 'person', change: 'writer' },
  template: 'pages/settings-projects',
  async view({ db, scope }) {
    const all = (await listProjects(db)).filter(({ id }) => scope === null || scope.includes(id))
    return {
      rows: all.map((project) => ({
        name: cutEnd(project.name, 100),
        slug: project.slug,
        monogram: monogramOf(project.platform),
        href: `/projects/${project.slug}/settings/general`,
      })),
    }
  },
})

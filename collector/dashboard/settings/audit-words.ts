// Actions of the audit log in words. An action that is not here is shown by
// its name.
export const auditWords: Readonly<Record<string, string>> = {
  'settings.saved': 'saved settings',
  'project.created': 'created the project',
  'project.changed': 'changed the project',
  'key.created': 'made a key',
  'key.revoked': 'revoked a key',
  'token.created': 'made an API token',
  'token.revoked': 'revoked an API token',
  'destination.created': 'added a destination of notifications',
  'destination.changed': 'changed a destination of notifications',
  'destination.deleted': 'deleted a destination of notifications',
  'person.invited': 'made a link for',
  'person.joined': 'joined as',
  'person.changed': 'changed the account of',
  'invitation.withdrawn': 'withdrew the link for',
  'password.changed': 'set a new password for',
  'second-factor.added': 'added a second factor to',
  'second-factor.removed': 'removed the second factor of',
  'single-sign-on.linked': 'linked single sign-on to',
}

// What the shipped groups cover, and what ordinary work they leave alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileGroups, groupsOfHost, groupsOfPath, groupsOfProgram } from '../names/index.ts';
import { DEFAULT_GROUPS } from './defaults.ts';

const index = compileGroups(DEFAULT_GROUPS);
const PLACE = { home: '/home/dev', workspace: '/home/dev/app' };

test('every shipped entry means something', () => {
  assert.deepEqual(index.refused, []);
});

const MEMBERS: readonly [group: string, paths: string][] = [
  [
    'credentials',
    '~/.ssh ~/.ssh/id_ed25519 /root/.ssh/id_rsa ~/.aws/credentials ~/.config/gcloud/application_default_credentials.json ~/.kube/config ~/.netrc ~/.npmrc ~/.pypirc',
  ],
  [
    'credentials',
    '~/.docker/config.json ~/.gnupg/private-keys-v1.d/x.key ~/.mozilla/firefox/p/logins.json ~/Library/Keychains/login.keychain-db ./.env ./.env.production ./sub/.ENV',
  ],
  [
    'credentials',
    './deploy/server.key ./tls/site.pem /etc/shadow /etc/ssl/private/x.key ~/.claude/.credentials.json ~/.codex/auth.json ~/.gemini/oauth_creds.json ~/.config/gh/hosts.yml',
  ],
  [
    'credentials',
    '/proc/self/environ /proc/1/environ ~/.openclaw/credentials/x.json ~/.openclaw/agents/main/agent/openclaw-agent.sqlite ~/.local/share/opencode/auth.json ~/.config/goose/secrets.yaml',
  ],
  ['workspace-secrets', './.env ./config/secrets.yml ./terraform.tfstate ./credentials.json ./id_rsa ./.envrc'],
  [
    'agent-config',
    '~/.claude/settings.json ./.claude/settings.local.json ./.claude/skills/x/SKILL.md ~/.claude.json ./.mcp.json /etc/claude-code/managed-settings.json ~/.codex/config.toml',
  ],
  [
    'agent-config',
    './.codex/hooks.json /etc/codex/requirements.toml ~/.gemini/settings.json ./.gemini/settings.json /etc/gemini-cli/settings.json ~/.config/opencode/plugin/x.ts ./opencode.json',
  ],
  [
    'agent-config',
    './.opencode/plugin/x.ts ~/.config/goose/config.yaml ./.config/goose/settings.json ~/.agents/plugins/x/plugin.json ./.agents/plugins/x/hooks/hooks.json ~/.copilot/hooks/x.json',
  ],
  [
    'agent-config',
    './.github/hooks/x.json /etc/github-copilot/policy.d/a.json ~/.openclaw/openclaw.json ~/.openclaw/extensions/x/index.js ~/.pi/agent/settings.json ./.pi/extensions/x.ts',
  ],
  [
    'agent-config',
    './.cUrSoR/mcp.json ./.cursor/hooks.json ./.vscode/mcp.json ~/.cursor/mcp.json ./.cursorignore ./.pi/settings.json ./.github/copilot/settings.json',
  ],
  [
    'memory',
    './CLAUDE.md ./sub/AGENTS.md ./GEMINI.md ~/.claude/CLAUDE.md ~/.openclaw/workspace/SOUL.md ~/.openclaw/workspace/memory/x.md ./.cursorrules ./.cursor/rules/a.mdc ./.goosehints',
  ],
  [
    'memory',
    './.github/copilot-instructions.md ./.clinerules/a.md ~/.pi/agent/SYSTEM.md ~/.claude/projects/x/memory/MEMORY.md ./claude.md',
  ],
  [
    'autostart',
    '~/.bashrc ~/.zshenv ~/.profile /etc/profile.d/x.sh /etc/cron.d/x /etc/crontab /var/spool/cron/crontabs/dev /etc/systemd/system/x.service ~/.config/systemd/user/x.service',
  ],
  [
    'autostart',
    '~/Library/LaunchAgents/x.plist /Library/LaunchDaemons/x.plist ~/.config/autostart/x.desktop ./.git/hooks/pre-commit ./.git/config ./.husky/pre-commit ./.envrc ./.vscode/tasks.json',
  ],
  [
    'autostart',
    '~/.ssh/config ~/.ssh/rc ~/.ssh/authorized_keys ./venv/lib/python3.12/site-packages/sitecustomize.py ./venv/lib/python3.12/site-packages/x.pth ~/.gitconfig ./x.code-workspace',
  ],
  [
    'autostart',
    '/etc/ld.so.preload ./.npmrc ./.devcontainer/devcontainer.json /etc/rc.local ~/.config/fish/config.fish ./.git/modules/a/b/hooks/x',
  ],
  [
    'holdfast',
    '~/.local/state/holdfast/ledger/0 /etc/holdfast/settings.json /run/holdfast/s.sock /usr/local/bin/holdfast-hook ~/.config/systemd/user/holdfast.service ./.holdfast/x ./holdfast.json',
  ],
  [
    'build-files',
    './package.json ./sub/Makefile ./rules.mk ./justfile ./Cargo.toml ./crates/a/build.rs ./pom.xml ./gradlew ./gradle/wrapper/gradle-wrapper.jar ./conftest.py ./App.csproj /tmp/x/Rakefile',
  ],
  ['vcs-internal', './.git ./.git/HEAD ./.git/objects/aa/bb ./.hg/store'],
  [
    'system-critical',
    '/etc/passwd /etc/sudoers.d/x /etc/hosts /boot/vmlinuz /usr/bin/sudo /proc/sysrq-trigger /var/run/docker.sock /etc/apt/sources.list.d/x.list',
  ],
];

test('shipped groups cover what they are named after', () => {
  for (const [group, paths] of MEMBERS) {
    for (const path of paths.split(' ')) {
      const absolute = path.replace(/^~/, PLACE.home).replace(/^\./, PLACE.workspace);
      assert.ok(groupsOfPath(index, PLACE, absolute).includes(group), `${group}: ${path}`);
    }
  }
});

test('shipped groups leave ordinary files alone', () => {
  const ordinary =
    './src/index.ts ./package.json.md ./README.md ./docs/env.md ./.gitignore ./.github/workflows/ci.yml ./.env.example ./.env.sample ./docs/Makefile.md ./.prettierrc ./src/key.ts ./src/credentials.ts ' +
    './node_modules/x/test.pem ./tests/fixtures/server.key ./certs/ca.pem ~/.cache/pip/x ~/notes.md ~/.claude/projects/p/s.jsonl ~/.claude/plans/a.md ~/.claude/todos/a.json /tmp/x.log /var/log/app.log ' +
    '~/other/src/main.rs ./.vscode/snippets.json ./environment.yml ./src/secrets/index.ts ./claude-notes.md';
  for (const path of ordinary.split(' ')) {
    const absolute = path.replace(/^~/, PLACE.home).replace(/^\./, PLACE.workspace);
    assert.deepEqual(groupsOfPath(index, PLACE, absolute), [], path);
  }
  assert.deepEqual(groupsOfPath(index, PLACE, '/home/dev/.ssh/id_ed25519.pub'), []);
  assert.deepEqual(groupsOfPath(index, PLACE, '/etc/ssl/certs/ca-certificates.crt'), ['system-critical']);
});

test('registries are trusted hosts by exact name; Holdfast knows its own programs', () => {
  assert.deepEqual(groupsOfHost(index, 'registry.npmjs.org'), ['trusted-hosts']);
  assert.deepEqual(groupsOfHost(index, 'registry.npmjs.org.evil.example'), []);
  assert.deepEqual(groupsOfHost(index, '127.0.0.1', 3000), ['trusted-hosts']);
  assert.deepEqual(groupsOfHost(index, 'github.com'), []);
  assert.deepEqual(groupsOfProgram(index, 'holdfast-hook'), ['holdfast']);
});

/** The --config option that every command with settings has, and the settings it leads to. */
import { Option } from 'commander';
import type { Config } from '../config.ts';
import type { Context } from './context.ts';

export interface SettingsOptions {
  config?: string;
}

/** A fresh --config option. */
export function settingsOption(): Option {
  return new Option('--config <file>', 'read this settings file instead of ./replywright.yaml');
}

/**
 * Loads the settings a command was started with.
 *
 * @throws ReplywrightError as loadConfig does.
 */
export async function settingsFor(context: Context, options: SettingsOptions): Promise<Config> {
  const { loadConfig } = await import('../config.ts');
  return loadConfig({ cwd: context.cwd, env: context.env, configPath: options.config });
}

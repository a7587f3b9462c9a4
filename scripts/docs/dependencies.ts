/** Finds the dependencies that docs/dependencies.md does not explain. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

type Names = Record<string, string>;

/** Names in package.json that the page does not mention in code quotes. */
export async function unmentioned(root: string): Promise<string[]> {
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    dependencies?: Names;
    optionalDependencies?: Names;
    devDependencies?: Names;
  };
  const page = await readFile(path.join(root, 'docs/dependencies.md'), 'utf8').catch(() => '');
  const all = {
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.devDependencies,
  };
  return Object.keys(all).filter((name) => !page.includes(`\`${name}\``));
}

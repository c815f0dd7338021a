import { nearestNames, type Profile } from "@lumiverse/connections";
import { LumiverseError } from "@lumiverse/core";
import type { VirtualKey } from "../keys/key.ts";
import type { Alias, AliasPolicy, TargetOptions } from "./alias.ts";
import { aliasKey } from "./alias-rows.ts";
import type { Names } from "./names.ts";

/** Where a call can go. */
export interface Target {
  /** The id of the connection, a slash, and the model. */
  readonly id: string;
  readonly profile: Profile;
  readonly model: string;
  readonly options?: TargetOptions;
}

/** What a model name of a client means. */
export interface Route {
  /** As the client named it. */
  readonly requested: string;
  readonly alias?: string;
  readonly targets: readonly Target[];
  readonly policy: AliasPolicy;
  /** Whether the name stands for several targets, also where only one of them can be used now. */
  readonly isList: boolean;
}

/** The `id` of a target. */
export function targetId({ profile, model }: Pick<Target, "profile" | "model">): string {
  return `${profile.id}/${model}`;
}

/** `connection/model` */
export function targetName({ profile, model }: Target): string {
  return `${profile.name}/${model}`;
}

/**
 * Finds the targets of a model name that the key may use: an alias, `connection/model`, or a connection's name for its own model. Connections that are switched
 * off are passed over.
 * @throws LumiverseError `model-not-found`, `permission` when the key may use none of the targets, `configuration` for an alias without a usable target and where
 * all connections are switched off
 */
export function resolveModel(requested: string, names: Names, key: VirtualKey | undefined): Route {
  return withoutSwitchedOff(grantedRoute(requested, names, key));
}

function withoutSwitchedOff(route: Route): Route {
  const targets = route.targets.filter(({ profile }) => profile.isEnabled);
  if (targets.length > 0) return { ...route, targets };
  throw switchedOff(route);
}

function grantedRoute(requested: string, names: Names, key: VirtualKey | undefined): Route {
  const route = findRoute(requested, names);
  if (key?.models === undefined) {
    if (route === undefined) throw unknownModel(requested, names);
    return route;
  }
  // A key with grants must not learn which other names exist.
  if (route === undefined) throw forbidden(requested, key);
  const granted = new Set(key.models.map(aliasKey));
  if (route.alias !== undefined && granted.has(aliasKey(route.alias))) return route;
  const targets = route.targets.filter((target) => isGranted(target, key.models ?? []));
  if (targets.length === 0) throw forbidden(requested, key);
  return { ...route, targets };
}

/** Whether a model name is an alias or begins with the name of a connection. */
export function isKnownModel(requested: string, names: Names): boolean {
  return names.aliases.has(aliasKey(requested)) || findTarget(requested, names) !== undefined;
}

function findRoute(requested: string, names: Names): Route | undefined {
  const alias = names.aliases.get(aliasKey(requested));
  if (alias !== undefined) {
    const { name, targets, policy } = alias;
    return { requested, alias: name, targets: targetsOf(alias, names), policy, isList: targets.length > 1 };
  }
  const target = findTarget(requested, names);
  return target === undefined ? undefined : { requested, targets: [target], policy: {}, isList: false };
}

function targetsOf(alias: Alias, names: Names): Target[] {
  const targets = alias.targets.flatMap(({ target, options }) => {
    const found = findTarget(target, names);
    return found === undefined ? [] : [options === undefined ? found : { ...found, options }];
  });
  if (targets.length > 0) return targets;
  throw new LumiverseError({
    code: "configuration",
    status: 503,
    message: `the model "${alias.name}" has no target that exists`,
    hint: "Check the targets of this alias: their connections were renamed or removed",
    retryable: false,
  });
}

/** A connection's name has at most 100 characters, and accents that are characters of their own make it longer. */
const LONGEST_CONNECTION = 400;

/** `connection/model`, where both may contain slashes: the longest name of a connection wins. A connection's name alone means its own model. */
export function findTarget(name: string, { profiles }: Pick<Names, "profiles">): Target | undefined {
  const whole = profiles.get(aliasKey(name));
  if (whole !== undefined && whole.model !== "") return toTarget(whole, whole.model);
  for (let slash = name.lastIndexOf("/", LONGEST_CONNECTION); slash > 0; slash = name.lastIndexOf("/", slash - 1)) {
    const profile = profiles.get(aliasKey(name.slice(0, slash)));
    const model = name.slice(slash + 1);
    if (profile !== undefined && model !== "") return toTarget(profile, model);
  }
  return undefined;
}

function toTarget(profile: Profile, model: string): Target {
  return { id: targetId({ profile, model }), profile, model };
}

/** Whether a list of grants names a target: exactly, or all models of its connection. */
export function isGranted(target: Target, grants: readonly string[]): boolean {
  return grants.some((grant) => {
    if (grant === "*") return true;
    const slash = grant.length - target.model.length - 1;
    const connection = aliasKey(target.profile.name);
    if (grant.endsWith("/*")) return aliasKey(grant.slice(0, -2)) === connection;
    // Models are spelled as their vendor spells them, case included.
    if (slash > 0 && grant[slash] === "/" && grant.endsWith(target.model)) return aliasKey(grant.slice(0, slash)) === connection;
    return aliasKey(grant) === connection && target.profile.model === target.model;
  });
}

/** An alias is named alone: its client need not know the connections behind it. */
function switchedOff({ alias, targets: [first] }: Route): LumiverseError {
  return new LumiverseError({
    code: "configuration",
    status: 503,
    message:
      alias === undefined
        ? `the connection "${first?.profile.name}" is switched off`
        : `all connections of the model "${alias}" are switched off`,
    hint: "Switch it on in the console or with lumiverse edit --on, or name another model",
    retryable: false,
  });
}

function forbidden(requested: string, key: VirtualKey): LumiverseError {
  return new LumiverseError({
    code: "permission",
    status: 403,
    message: `the key "${key.name}" may not use the model "${requested.slice(0, LONGEST_SHOWN)}"`,
    hint: "GET /v1/models lists the models that it may use",
    field: "model",
    retryable: false,
  });
}

/** Longer names are cut in messages, and not compared with all others. */
const LONGEST_SHOWN = 200;

function unknownModel(requested: string, { aliases, profiles }: Names): LumiverseError {
  const connection = requested.split("/")[0] ?? "";
  const near =
    requested.length > LONGEST_SHOWN
      ? []
      : [
          ...nearestNames(
            requested,
            [...aliases.values()].map(({ name }) => name),
          ),
          ...nearestNames(
            connection,
            [...profiles.values()].map(({ name }) => name),
          ).map((name) => `${name}/…`),
        ];
  const example = near.length > 0 ? ` Near names: ${near.join(", ")}.` : "";
  return new LumiverseError({
    code: "model-not-found",
    status: 404,
    message: `there is no model "${requested.slice(0, LONGEST_SHOWN)}"`,
    hint: `Name it as connection/model, or by an alias. GET /v1/models lists all names.${example}`,
    field: "model",
    retryable: false,
  });
}

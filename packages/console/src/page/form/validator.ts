import { Validator } from "@cfworker/json-schema";
import type { RJSFSchema, ValidatorType } from "@rjsf/utils";

/**
 * Evaluates the conditions of a form's schema. The values themselves are validated by the server alone. Validators that compile schemas to code, as Ajv does,
 * are refused by the content security policy.
 */
export const conditions: ValidatorType = {
  isValid: (schema, formData) => {
    try {
      // Its own type of a schema is narrower than JSON Schema.
      return new Validator(schema as ConstructorParameters<typeof Validator>[0], "2020-12").validate(formData ?? {}).valid;
    } catch {
      return false;
    }
  },
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  rawValidation: () => ({ errors: [] }),
} satisfies ValidatorType<unknown, RJSFSchema>;

import { Validator } from "@cfworker/json-schema";
import type { RJSFSchema, ValidatorType } from "@rjsf/utils";

/**
 * Evaluates the conditions of a form's schema. Only the server validates the values. The content security policy refuses validators that compile a schema to
 * code, as Ajv does.
 */
export const conditions: ValidatorType = {
  isValid: (schema, formData) => {
    try {
      // The type of its parameter is narrower than JSON Schema.
      return new Validator(schema as ConstructorParameters<typeof Validator>[0], "2020-12").validate(formData ?? {}).valid;
    } catch {
      return false;
    }
  },
  validateFormData: () => ({ errors: [], errorSchema: {} }),
  rawValidation: () => ({ errors: [] }),
} satisfies ValidatorType<unknown, RJSFSchema>;

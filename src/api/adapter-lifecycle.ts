import { z } from "zod";

export const lifecycleTransport = z.strictObject({
  source: z
    .strictObject({})
    .optional()
    .describe(
      "Say of every ContractVersion of the installation when it is deprecated, at its sunset and retired, and 90, 30, 7 and 1 days before the sunset: each once, as a CloudEvent.",
    ),
});

-- Health of every kind of fascia.dev for Argo CD, by the conditions that `kubectl wait` and Flux go by, too.
local health = { status = "Progressing", message = "Waiting for Fascia's operator" }

if obj.metadata.deletionTimestamp ~= nil then
  health.message = "Being deleted"
  return health
end

local status = obj.status
if status == nil then
  return health
end

-- What is said of an earlier generation, or of none yet (-1), counts for nothing.
local function current(generation)
  return generation == nil or generation == obj.metadata.generation
end

if status.observedGeneration ~= nil and not current(status.observedGeneration) then
  return health
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  if current(condition.observedGeneration) then
    conditions[condition.type] = condition
  end
end

local function message(condition)
  if condition.message ~= nil and condition.message ~= "" then
    return condition.message
  end
  return condition.reason or condition.type
end

local stalled, reconciling, ready = conditions.Stalled, conditions.Reconciling, conditions.Ready

if stalled ~= nil and stalled.status == "True" then
  return { status = "Degraded", message = message(stalled) }
end
if reconciling ~= nil and reconciling.status == "True" then
  return { status = "Progressing", message = message(reconciling) }
end
if ready ~= nil and ready.status == "True" then
  return { status = "Healthy", message = message(ready) }
end
if ready ~= nil and ready.status == "False" then
  return { status = "Degraded", message = message(ready) }
end
if ready ~= nil then
  health.message = message(ready)
end
return health

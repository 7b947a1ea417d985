/** What spacectl asks: its start-up, then a document per command. Variables that a command leaves unset are null. */

export const API_KEY_USER =
  'mutation($id:ID!$secret:String!){apiKeyUser(id: $id, secret: $secret){jwt,validUntil}}';
export const DEBUG_INFO = '{debugInfo{selfHostedVersion}}';
export const FIND_STACK = 'query($id:ID!){stack(id: $id){id,name}}';
export const WHOAMI = '{viewer{id,name}}';

export const STACK_LIST = `query($input:SearchInput!){searchStacks(input: $input){edges{node{id,administrative,autodeploy,
  autoretry,blocker{id},afterApply,beforeApply,afterInit,beforeInit,afterPlan,beforePlan,afterPerform,beforePerform,
  afterDestroy,beforeDestroy,branch,canWrite,createdAt,deleted,deleting,description,labels,localPreviewEnabled,lockedBy,
  managesStateFile,name,namespace,projectRoot,provider,repository,runnerImage,starred,state,stateSetAt,terraformVersion,
  spaceDetails{id,name,description,parentSpace},trackedCommit{authorLogin,authorName,hash,message,timestamp,url},
  trackedCommitSetBy,vendorConfig{__typename},workerPool{id,name}}},pageInfo{endCursor,hasNextPage,hasPreviousPage}}}`;
export const DEPENDENCIES = `query($id:ID!){stack(id: $id){id,labels,space,name,
  dependsOn{stack{id,name},dependsOnStack{id,name}},isDependedOnBy{stack{id,name},dependsOnStack{id,name}}}}`;

export const DEPLOY = `mutation($forceApply:ForceApplyMode$runtimeConfig:RuntimeConfigInput$sha:String$stack:ID!$type:RunType){
  runTrigger(stack: $stack, commitSha: $sha, runType: $type, runtimeConfig: $runtimeConfig, forceApply: $forceApply){id}}`;
export const PREVIEW = `mutation($runtimeConfig:RuntimeConfigInput$sha:String$stack:ID!$type:RunType){
  runTrigger(stack: $stack, commitSha: $sha, runType: $type, runtimeConfig: $runtimeConfig){id}}`;
export const TASK = `mutation($command:String!$noinit:Boolean$stack:ID!){
  taskCreate(stack: $stack, command: $command, skipInitialization: $noinit){id}}`;

const onRun = (name: string) =>
  `mutation($run:ID!$stack:ID!){${name}(stack: $stack, run: $run){id}}`;

export const CONFIRM = onRun('runConfirm');
export const DISCARD = onRun('runDiscard');
export const CANCEL = onRun('runCancel');
export const RETRY = onRun('runRetry');
export const PROMOTE = onRun('runPromote');
export const STOP =
  'mutation($note:String!$run:ID!$stack:ID!){runStop(stack: $stack, run: $run, note: $note){id}}';
export const REPLAN = `mutation($run:ID!$stack:ID!$targets:[String!]!){
  runTargetedReplan(stack: $stack, run: $run, targets: $targets){id}}`;
export const PRIORITIZE = `mutation($prioritize:Boolean!$runId:ID!$stackId:ID!){
  runPrioritizeSet(stack: $stackId, run: $runId, prioritize: $prioritize){id}}`;
export const REVIEW = `mutation($decision:RunReviewDecision!$note:String!$run:ID$stack:ID!){
  runReview(stack: $stack, run: $run, decision: $decision, note: $note){id}}`;

export const HISTORY = `query($run:ID!$stack:ID!){stack(id: $stack){run(id: $run){
  history{hasLogs,note,state,stateVersion,terminal,timestamp,username}}}}`;
export const LOGS = `query($run:ID!$stack:ID!$state:RunState!$stateVersion:Int!$token:String){stack(id: $stack){
  run(id: $run){logs(state: $state, token: $token, stateVersion: $stateVersion){
  exists,finished,hasMore,messages{message},nextToken}}}}`;
export const RUN_LIST = `query($before:ID$stackId:ID!){stack(id: $stackId){runs(before: $before){id,branch,canRetry,
  comments{body,createdAt,username},commit{authorLogin,authorName,hash},createdAt,
  delta{addCount,changeCount,deleteCount,resources},driftDetection,expired,isMostRecent,needsApproval,state,title,
  triggeredBy}}}`;
export const TASK_LIST = `query($before:ID$stackId:ID!){stack(id: $stackId){tasks(before: $before){
  id,command,commit{hash},createdAt,state,triggeredBy}}}`;

export const MARK_COMPLETED = `mutation($dependency:ID!$status:RunExternalDependencyStatus!){
  runExternalDependencyMarkAsCompleted(dependency: $dependency, status: $status){phantom}}`;
export const CREATE_VERSION = `mutation($commitSha:String$module:ID!$version:String){
  versionCreate(module: $module, commitSha: $commitSha, version: $version){id,number}}`;

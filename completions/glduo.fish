# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_glduo_global_optspecs
    string join \n instance= json= q/jq= F/output= config= timeout= max-retries= color= no-input v/verbose quiet h/help V/version R/repo=
end

function __fish_glduo_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_glduo_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_glduo_using_subcommand
    set -l cmd (__fish_glduo_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c glduo -n "__fish_glduo_needs_command" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_needs_command" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_needs_command" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_needs_command" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_needs_command" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_needs_command" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_needs_command" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_needs_command" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_needs_command" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_needs_command" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_needs_command" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_needs_command" -s V -l version -d 'Print version'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "chat" -d 'Ask a Duo model one question'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "connect" -d 'Log in to a GitLab instance, and keep the connection'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "models" -d 'List models, and choose one'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "mr" -d 'List and show merge requests, and write notes on them'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "issue" -d 'List and show issues, and write notes on them'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "pipeline" -d 'List and show pipelines, their jobs and logs'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "conversation" -d 'List, show and delete the saved conversations of chat'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "config" -d 'Read and change the configuration'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "doctor" -d 'Check everything between this machine and an answer'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "sandbox" -d 'Serve a local stand-in for GitLab and its AI gateway'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "completion" -d 'Print a completion script'
complete -c glduo -n "__fish_glduo_needs_command" -f -a "help" -d 'Explain a command or a topic'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s s -l system -d 'Text for the system prompt, after the configured instructions; @FILE reads a file' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s f -l file -d 'A text file, up to 1 MiB; repeatable' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l job -d 'A job with its log; repeatable' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l session -d 'Go on with the conversation of this name, or begin it' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l schema -d 'The answer is JSON that fits this JSON Schema' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l max-tokens -d 'The most tokens of the answer' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l temperature -d 'From 0, the same answer again, to 2' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l effort -d 'How hard the model thinks first' -r -f -a "none\t''
low\t''
medium\t''
high\t''
xhigh\t''
max\t''"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l allow -d 'Allow the agent more than reading here; run:COMMAND allows that command line; repeatable, comma lists' -r -f -a "read\t''
write\t''
git\t''
shell\t''
gitlab\t''
all\t''"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l deny -d 'Deny a group or one tool, whatever else allows it; repeatable, comma lists' -r -f -a "read\t''
write\t''
git\t''
shell\t''
gitlab\t''
all\t''
list\t''
find\t''
grep\t''
edit\t''
mkdir\t''
command\t''
http\t''"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s C -l cwd -d 'The directory that it works in' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l max-duration -d 'Limit the time until the answer is complete: 90, 90s, 5m, 1h [default: 30m for workflow models]' -r
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s m -l model -d 'The model; the duo-chat- or duo-workflow- prefix may be left out' -r -f -a "(glduo completion --values models 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l mr -d 'A merge request with its diff; repeatable' -r -f -a "(glduo completion --values mr 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l issue -d 'An issue; repeatable' -r -f -a "(glduo completion --values issue 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l pipeline -d 'A pipeline with its failed jobs\' logs; repeatable' -r -f -a "(glduo completion --values pipeline 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l small -d 'Use the small model'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s n -l no-stdin -d 'Do not read standard input'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l no-stream -d 'Print the answer when it is whole'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l dry-run -d 'Print the requests that would be sent, secrets left out, and ask no model'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l line-numbers -d 'Number the lines of attached diffs [default: if --schema has a line field]'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s c -l continue -d 'Go on with the last conversation'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l no-save -d 'Keep nothing of this question and its answer'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s x -l extract -d 'Only the first fenced block, else the whole answer'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s u -l usage -d 'Tokens on stderr'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l reasoning -d 'Print what the model thought, too; Claude thinks a little where no --effort is given'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l fail-on-truncation -d 'Exit 6 where the answer ends at its length limit'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l plain -d 'No colours in the answer on a terminal'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -l plan -d 'Show the plan of duo-workflow-codegen and ask before it runs; needs a terminal'
complete -c glduo -n "__fish_glduo_using_subcommand chat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l scopes -d 'What OAuth asks for [default: ai_features openid profile]' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l callback-url -d 'The redirect URI as it is registered [default: http://localhost:42456/callback]' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l wait -d 'How long to wait for the login [default: 5m]' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l oauth -d 'With OAuth in the browser'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l device -d 'With a code that is entered on another device'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l token -d 'With a token: asked for without showing it, or read from standard input'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l no-browser -d 'Print the address instead of opening a browser'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -l no-verify -d 'Keep the token without asking GitLab about it'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -f -a "status" -d 'Tell whether the connection works, and for what'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -f -a "token" -d 'Print a usable access token, refreshed if need be'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -f -a "list" -d 'List the stored connections'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and not __fish_seen_subcommand_from status token list logout" -f -a "logout" -d 'Revoke and forget the connection'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -l all -d 'Every stored connection'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from token" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -l all -d 'Every stored connection'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand connect; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l kind -d 'Which kind [default: all]' -r -f -a "chat\t'Answers through the AI gateway'
workflow\t'Works as GitLab\'s agent'
all\t'Both'"
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -l refresh -d 'Ask GitLab again, and fail where it does not answer'
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -f -a "list" -d 'List the models'
complete -c glduo -n "__fish_glduo_using_subcommand models; and not __fish_seen_subcommand_from list use" -f -a "use" -d 'Make a model the default, in the user configuration'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l kind -d 'Which kind [default: all]' -r -f -a "chat\t'Answers through the AI gateway'
workflow\t'Works as GitLab\'s agent'
all\t'Both'"
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l refresh -d 'Ask GitLab again, and fail where it does not answer'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -f -a "list" -d 'List merge requests; the project\'s open ones where nothing is said'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -f -a "show" -d 'Show one merge request with its changes'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -f -a "note" -d 'Write a note on a merge request'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and not __fish_seen_subcommand_from list show note review" -f -a "review" -d 'Post a review: a summary and comments on lines of the diff'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l state -d 'Only this state [default: opened]' -r -f -a "opened\t''
closed\t''
merged\t''
locked\t''
all\t''"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s r -l reviewer -d 'Reviewed by this username, @me, None or Any' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s s -l source-branch -d 'From this branch' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s t -l target-branch -d 'Into this branch' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s o -l order -d 'Order by this field [default: created_at]' -r -f -a "created_at\t''
updated_at\t''
merged_at\t''
title\t''
priority\t''
label_priority\t''
milestone_due\t''
popularity\t''"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s a -l assignee -d 'Assigned to this username, @me, None or Any' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l author -d 'Written by this username or @me' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s l -l label -d 'With all of these labels, or None or Any' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l not-label -d 'With none of these labels' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s m -l milestone -d 'In the milestone of this title, or None or Any' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l search -d 'With this text in title or description' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l created-after -d 'Created after: a date, a time, or an age such as 12h, 3d, 2w' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l created-before -d 'Created before' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l updated-after -d 'Updated after' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l updated-before -d 'Updated before' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l sort -d 'Which end comes first [default: desc]' -r -f -a "asc\t'Oldest or smallest'
desc\t'Newest or largest'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s g -l group -d 'All projects of this group and its subgroups' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s L -l limit -d 'At most this many rows [default: 30]' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s P -l per-page -d 'Rows a request, up to 100' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s p -l page -d 'Exactly this page' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s A -l all -d 'Every state'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s c -l closed -d 'Closed without a merge'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s M -l merged -d 'Merged'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s d -l draft -d 'Drafts only'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l not-draft -d 'No drafts'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l paginate -d 'Every page'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l diff -d 'Only the changes, as a patch for git apply'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l no-diff -d 'Leave the changes out'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -s c -l comments -d 'With the comments'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -s w -l web -d 'Open it in the browser, or print its URL'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -s m -l message -d 'The text; GitLab runs the quick actions in it' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -s f -l file -d 'Take the text from this file; - is standard input' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l replace -d 'Edit my earlier note with this key, or create it' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l quick-actions -d 'Let GitLab run quick actions such as /approve in text from a file or standard input'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from note" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -s f -l file -d 'Read the review from FILE; - is standard input' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l replace -d 'Update the review that an earlier run posted with KEY instead of posting it again' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l draft -d 'Create draft notes, which only you see until you publish them'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l allow-stale -d 'Post even if the merge request has new commits since the review'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l dry-run -d 'Print the requests instead of sending them'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l print-schema -d 'Print the JSON Schema of a review'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from review" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -f -a "list" -d 'List issues; the project\'s open ones where nothing is said'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -f -a "show" -d 'Show one issue'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and not __fish_seen_subcommand_from list show note" -f -a "note" -d 'Write a note on an issue'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l state -d 'Only this state [default: opened]' -r -f -a "opened\t''
closed\t''
all\t''"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l type -d 'Only this kind of issue' -r -f -a "issue\t''
incident\t''
test_case\t''
requirement\t''
task\t''
ticket\t''"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l in -d 'Where --search looks [default: both]' -r -f -a "title\t''
description\t''
both\t''"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s o -l order -d 'Order by this field [default: created_at]' -r -f -a "created_at\t''
updated_at\t''
title\t''
due_date\t''
priority\t''
label_priority\t''
milestone_due\t''
popularity\t''
relative_position\t''
weight\t''"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s a -l assignee -d 'Assigned to this username, @me, None or Any' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l author -d 'Written by this username or @me' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s l -l label -d 'With all of these labels, or None or Any' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l not-label -d 'With none of these labels' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s m -l milestone -d 'In the milestone of this title, or None or Any' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l search -d 'With this text in title or description' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l created-after -d 'Created after: a date, a time, or an age such as 12h, 3d, 2w' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l created-before -d 'Created before' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l updated-after -d 'Updated after' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l updated-before -d 'Updated before' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l sort -d 'Which end comes first [default: desc]' -r -f -a "asc\t'Oldest or smallest'
desc\t'Newest or largest'"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s g -l group -d 'All projects of this group and its subgroups' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s L -l limit -d 'At most this many rows [default: 30]' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s P -l per-page -d 'Rows a request, up to 100' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s p -l page -d 'Exactly this page' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s A -l all -d 'Every state'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s c -l closed -d 'Closed'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l confidential -d 'Confidential ones only'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l paginate -d 'Every page'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -s c -l comments -d 'With the comments'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -s w -l web -d 'Open it in the browser, or print its URL'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -s m -l message -d 'The text; GitLab runs the quick actions in it' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -s f -l file -d 'Take the text from this file; - is standard input' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l replace -d 'Edit my earlier note with this key, or create it' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l quick-actions -d 'Let GitLab run quick actions such as /approve in text from a file or standard input'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from note" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -f -a "list" -d 'List pipelines, the newest first'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and not __fish_seen_subcommand_from list show" -f -a "show" -d 'Show one pipeline with its jobs; wait for it, print logs'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s s -l status -d 'Only this status: running, success, failed, canceled, manual, …' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s r -l ref -d 'Of this branch or tag' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l sha -d 'Of this commit' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l source -d 'Started by this: push, web, schedule, merge_request_event, parent_pipeline, …' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s u -l username -d 'Started by this username or @me' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s n -l name -d 'Of exactly this name' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l scope -d 'Only these; branches and tags: the newest of each' -r -f -a "running\t''
pending\t''
finished\t''
branches\t''
tags\t''"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s a -l updated-after -d 'Updated after: a date, a time, or an age such as 12h, 3d, 2w' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s b -l updated-before -d 'Updated before' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s o -l order -d 'Order by this field [default: id]' -r -f -a "id\t''
status\t''
ref\t''
updated_at\t''
user_id\t''"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l sort -d 'Which end comes first [default: desc]' -r -f -a "asc\t'Oldest or smallest'
desc\t'Newest or largest'"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s L -l limit -d 'At most this many rows [default: 30]' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s P -l per-page -d 'Rows a request, up to 100' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s p -l page -d 'Exactly this page' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l paginate -d 'Every page'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -s b -l branch -d 'The newest pipeline of this branch, else of its merge request' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l mr -d 'The newest pipeline of this merge request' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -s i -l interval -d 'How often to look' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l wait-timeout -d 'How long to wait at most; then end with 8' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l tail -d 'Only the last lines of each log' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -s j -l job -d 'This job alone' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l exit-status -d 'End with 0 for success or skipped, 3 for failed or canceled, 8 for not finished or manual'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l watch -d 'Wait until it is over; implies --exit-status'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l log-failed -d 'Print the logs of the failed jobs'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l log -d 'Print the job\'s log'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l raw -d 'The server\'s bytes, section markers and control sequences left in, except on a terminal'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l recurse -d 'With the pipelines that it started'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l tests -d 'With the summary of its tests'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -s w -l web -d 'Open it in the browser, or print its URL'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -f -a "list" -d 'List the conversations, newest first'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -f -a "show" -d 'Show one conversation'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and not __fish_seen_subcommand_from list show delete" -f -a "delete" -d 'Delete a conversation, or all of them'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -l all -d 'Delete all conversations with this instance'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand conversation; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -f -a "get" -d 'Print one value'
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -f -a "set" -d 'Set a key in a file'
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -f -a "unset" -d 'Take a key out of a file'
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -f -a "list" -d 'List the values, each with its origin'
complete -c glduo -n "__fish_glduo_using_subcommand config; and not __fish_seen_subcommand_from get set unset list path" -f -a "path" -d 'Print where the file is'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l user -d 'The user\'s configuration file'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l project -d 'The nearest .glduo.json, or a new one at the root of the repository'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l user -d 'The user\'s configuration file'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l project -d 'The nearest .glduo.json, or a new one at the root of the repository'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l user -d 'The user\'s configuration file'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l project -d 'The nearest .glduo.json, or a new one at the root of the repository'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l user -d 'The user\'s configuration file'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l project -d 'The nearest .glduo.json, or a new one at the root of the repository'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l user -d 'The user\'s configuration file'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l project -d 'The nearest .glduo.json, or a new one at the root of the repository'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -l port -d 'The port on 127.0.0.1 [default: a free one]' -r
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand completion" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand completion" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand completion" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand completion" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand completion" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand completion" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand completion" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand completion" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand completion" -l values -d 'Print what a script offers for a value instead' -r -f -a "models\t''
projects\t''
mr\t''
issue\t''
pipeline\t''"
complete -c glduo -n "__fish_glduo_using_subcommand completion" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand completion" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand completion" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand completion" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand help" -l instance -l hostname -d 'The GitLab instance; a bare host means https' -r
complete -c glduo -n "__fish_glduo_using_subcommand help" -l json -d 'JSON on stdout; with =a,b only these top-level fields' -r
complete -c glduo -n "__fish_glduo_using_subcommand help" -s q -l jq -d 'Filter the JSON with a jq expression; implies --json' -r
complete -c glduo -n "__fish_glduo_using_subcommand help" -s F -l output -d 'How the answer is printed' -r -f -a "table\t'A table for people, tab-separated in a pipe'
json\t'One JSON document'
ndjson\t'One JSON object a line, as it comes'"
complete -c glduo -n "__fish_glduo_using_subcommand help" -l config -d 'The user configuration file' -r -F
complete -c glduo -n "__fish_glduo_using_subcommand help" -l timeout -d 'Limit of one request, and of silence on a stream: 90, 90s, 5m, 1h' -r
complete -c glduo -n "__fish_glduo_using_subcommand help" -l max-retries -d 'How often a failed request is sent again' -r
complete -c glduo -n "__fish_glduo_using_subcommand help" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal that can'
always\t'Always'
never\t'Never'"
complete -c glduo -n "__fish_glduo_using_subcommand help" -s R -l repo -d 'The project' -r -f -a "(glduo completion --values projects 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand help" -l no-input -d 'Never prompt'
complete -c glduo -n "__fish_glduo_using_subcommand help" -s v -l verbose -d 'Show requests and timings on stderr; twice: headers and bodies too'
complete -c glduo -n "__fish_glduo_using_subcommand help" -l quiet -d 'No notes on stderr, errors only'
complete -c glduo -n "__fish_glduo_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c glduo -n "__fish_glduo_using_subcommand models; and __fish_seen_subcommand_from use" -f -a "(glduo completion --values models 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand mr; and __fish_seen_subcommand_from show note" -f -a "(glduo completion --values mr 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand issue; and __fish_seen_subcommand_from show note" -f -a "(glduo completion --values issue 2>/dev/null)"
complete -c glduo -n "__fish_glduo_using_subcommand pipeline; and __fish_seen_subcommand_from show" -f -a "(glduo completion --values pipeline 2>/dev/null)"

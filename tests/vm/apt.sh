# shellcheck shell=bash disable=SC2154,SC2034  # variables of the scripts that source this
# Sourced after lib.sh: packages of any Debian release, without touching this machine's apt configuration.

# The mirrors this machine already uses: one line "LABEL URI" for each repository of Debian's
host_mirrors() {
	# shellcheck disable=SC2016  # apt's own variables
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2> /dev/null |
		awk -F'|' '$1 == "Debian" && !seen[$0]++ { print $2, $3 }'
}

# sources_of RELEASE [backports]: lines for a sources.list; nothing if this machine has no Debian mirror configured,
# which mmdebstrap then answers with its default
sources_of() {
	local release=$1 main security key=
	main=$(host_mirrors | awk '$1 == "Debian" { print $2; exit }')
	security=$(host_mirrors | awk '$1 == "Debian-Security" { print $2; exit }')
	[ -n "$main" ] || return 0
	[ ! -e /usr/share/keyrings/debian-archive-keyring.gpg ] ||
		key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] '
	echo "deb $key$main $release main"
	echo "deb $key$main $release-updates main"
	[ -z "$security" ] || echo "deb $key$security $release-security main"
	[ -z "${2-}" ] || echo "deb $key$main $release-backports main"
}

# apt_for RELEASE: sets the array $apt_opts so that apt-get and apt-cache see that release and its backports, and only it
apt_for() {
	local release=$1 dir=$cache/apt/$1 new
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	# in one step: others may be reading it
	new=$(mktemp "$dir/sources.XXXXXX")
	sources_of "$release" backports > "$new"
	[ -s "$new" ] || default_sources "$release" > "$new"
	mv "$new" "$dir/sources.list"
	apt_opts=(-qq -o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null
		-o Dir::State::Lists="$dir/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$dir"
		-o APT::Sandbox::User=root -o APT::Architecture=amd64 -o Acquire::Languages=none -o Acquire::Retries=3)
	# apt's own lock does not wait
	flock "$dir" apt-get "${apt_opts[@]}" update >&2
}

# mmdebstrap's own choice of mirror, read from a system it made
default_sources() {
	local list
	build_chroot "$1"
	list=$cached_dir/root/etc/apt/sources.list
	cat "$list"
	awk -v r="$1" '$1 == "deb" && $(NF - 1) == r { $(NF - 1) = r "-backports"; print; exit }' "$list"
}

# apt_unpack DIR PACKAGE...: downloads and unpacks, without installing
apt_unpack() {
	local dir=$1 debs deb
	shift
	debs=$(mktemp -d)
	(cd "$debs" && apt-get "${apt_opts[@]}" download "$@" >&2)
	for deb in "$debs"/*.deb; do dpkg-deb -x "$deb" "$dir"; done
	rm -rf "$debs"
}

# apt_newest REGEX: the name of the newest package of that name
apt_newest() {
	apt-cache "${apt_opts[@]}" pkgnames | grep -Ex "$1" | sort -V | tail -n 1
}

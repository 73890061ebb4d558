# results.pm: what fio has left, as a list of records, and single values of it.
package results;
use strict;
use warnings;
use FindBin;
use JSON::PP;
use List::Util qw(sum0);

our @records; # each: mode, legs, system, rw, bs, depth, jobs, round, iops, instructions, latency_us, p99_us
our %bound;   # "MODE LEGS BYTES": ns
my %index;    # those whose rounds are repetitions

sub slurp { my ($name) = @_; local $/; open my $file, '<', $name or die "$name: $!\n"; return <$file> }

# write_to NAME, TEXT...
sub write_to {
	my ($name, @text) = @_;
	open my $file, '>', $name or die "$name: $!\n";
	print $file @text;
	close $file or die "$name: $!\n";
}

# What each job did: reads and writes together
sub add_jobs {
	my ($mode, $file) = @_;
	my ($legs, $system, undef, $bs, $depth, $jobs, $round) = split /:/, $file =~ s{.*/|\.json$}{}gr;
	for my $job (@{ decode_json(slurp $file)->{jobs} }) {
		my @done = grep { $_->{total_ios} } @$job{qw(read write)} or next;
		my $iops = sum0 map { $_->{iops} } @done;
		my $record = { mode => $mode, legs => $legs, system => $system, rw => $job->{jobname}, bs => $bs,
			depth => $depth + 0, jobs => $jobs + 0, round => $round, iops => $iops };
		$record->{instructions} = 1e9 / $iops if $mode eq 'icount' && $legs eq 'brd';
		if (@done == 1 && $done[0]{lat_ns}{N}) {
			$record->{latency_us} = $done[0]{lat_ns}{mean} / 1e3;
			$record->{p99_us} = $done[0]{lat_ns}{percentile}{'99.000000'} / 1e3;
		}
		push @records, $record;
		next if $round !~ /^\d/;
		push @{ $index{join ':', @$record{qw(mode legs system rw bs depth jobs)}} }, $record;
	}
}

# load DIR: of all modes in it
sub load {
	my ($dir) = @_;
	for my $mode (grep { -d "$dir/$_/fio" } qw(wall icount)) {
		opendir my $results, "$dir/$mode/fio" or die "$dir/$mode/fio: $!\n";
		add_jobs($mode, "$dir/$mode/fio/$_") for sort grep { /\.json$/ } readdir $results;
		next if !-e "$dir/$mode/bound";
		for (split /\n/, slurp "$dir/$mode/bound") {
			my ($legs, $bytes, $ns) = split;
			$bound{"$mode $legs $bytes"} = $ns + 0;
		}
	}
}

# The names, in the order in which they are measured
sub systems { return map { chomp; $_ } qx{bash -c '. "$FindBin::Bin/systems.sh"; systems'} }

# rounds WHAT, MODE, LEGS, SYSTEM, RW, BS, DEPTH, JOBS: the value of each round, in ascending order
sub rounds {
	my ($what, @key) = @_;
	return sort { $a <=> $b } grep { defined } map { $_->{$what} } @{ $index{join ':', @key} // [] };
}

# value WHAT, ...: the median; undefined if nothing was measured
sub value { my @values = &rounds; return @values ? $values[$#values / 2] : undef }

# spread WHAT, ...: from the least to the greatest, as a part of the median
sub spread { my @values = &rounds; return @values > 1 ? ($values[-1] - $values[0]) / $values[$#values / 2] : undef }

1;

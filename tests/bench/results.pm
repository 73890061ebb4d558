# results.pm: what fio has left, as a list of records, and single values of it.
package results;
use strict;
use warnings;
use JSON::PP;
use List::Util qw(sum0);

our @records;
my %bound;
my %index;

sub slurp { my ($name) = @_; local $/; open my $file, '<', $name or die "$name: $!\n"; return <$file> }

# What each job of a result did: reads and writes together
sub jobs {
	my ($mode, $file) = @_;
	my ($legs, $system, $jobs_file, $bs, $depth, $jobs, $round) = split /:/, $file =~ s{.*/|\.json$}{}gr;
	my $text = slurp $file;
	for my $job (@{ decode_json($text)->{jobs} }) {
		my @done = grep { $_->{total_ios} } @$job{qw(read write)} or next;
		my $iops = sum0 map { $_->{iops} } @done;
		my %record = (mode => $mode, legs => $legs, system => $system, rw => $job->{jobname}, bs => $bs,
			depth => $depth + 0, jobs => $jobs + 0, round => $round, iops => $iops);
		$record{instructions} = 1e9 / $iops if $mode eq 'icount' && $legs eq 'brd';
		if (@done == 1 && $done[0]{lat_ns}{N}) {
			$record{latency_us} = $done[0]{lat_ns}{mean} / 1e3;
			$record{p99_us} = $done[0]{lat_ns}{percentile}{'99.000000'} / 1e3;
		}
		push @records, \%record;
		push @{ $index{join ':', $mode, $legs, $system, $job->{jobname}, $bs, $depth, $jobs} }, \%record if $round =~ /^\d/;
	}
}

# load DIR: of all modes in it
sub load {
	my ($dir) = @_;
	for my $mode (grep { -d "$dir/$_" } qw(wall icount)) {
		jobs $mode, $_ for glob "$dir/$mode/fio/*.json" =~ s/ /\\ /gr;
		next if !-e "$dir/$mode/bound";
		for (split /\n/, slurp "$dir/$mode/bound") {
			my ($legs, $bytes, $ns) = split;
			$bound{"$mode $legs $bytes"} = $ns;
		}
	}
}

sub bound { my ($mode, $legs, $bytes) = @_; return $bound{"$mode $legs $bytes"} }
sub bounds { return { %bound } }

# values WHAT, MODE, LEGS, SYSTEM, RW, BS, DEPTH, JOBS: one for each round, in ascending order
sub values {
	my ($what, @key) = @_;
	return sort { $a <=> $b } grep { defined } map { $_->{$what} } @{ $index{join ':', @key} // [] };
}

# value WHAT, ...: the median, undefined if nothing was measured
sub value { my @values = &values; return @values ? $values[$#values / 2] : undef }

# spread WHAT, ...: from the least to the greatest, as a part of the median
sub spread { my @values = &values; return @values > 1 ? ($values[-1] - $values[0]) / $values[$#values / 2] : undef }

1;

package io.github.bitterling.minnow.cli;

import io.github.bitterling.minnow.machine.EngineKind;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers with units on the command line. */
final class Units {
  private static final Pattern NUMBER = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([a-z]*)");

  private Units() {}

  private static long parse(String text, Map<String, Long> units, String what) {
    Matcher m = NUMBER.matcher(text.strip().toLowerCase(Locale.ROOT));
    Long unit = m.matches() ? units.get(m.group(2)) : null;
    if (unit == null) {
      throw new TypeConversionException("expected " + what + ", found \"" + text + "\"");
    }
    try {
      return new BigDecimal(m.group(1))
          .multiply(BigDecimal.valueOf(unit))
          .toBigInteger()
          .longValueExact();
    } catch (ArithmeticException tooLarge) {
      throw new TypeConversionException("\"" + text + "\" is too large");
    }
  }

  /** Bytes: "2G", "512M", "2GiB"; a bare number is MiB. */
  static final class Size implements ITypeConverter<Long> {
    private static final Map<String, Long> UNITS =
        Map.of(
            "", 1L << 20, "m", 1L << 20, "mb", 1L << 20, "mib", 1L << 20, "g", 1L << 30, "gb",
            1L << 30, "gib", 1L << 30);

    @Override
    public Long convert(String value) {
      return parse(value, UNITS, "a size such as 2G or 512M");
    }
  }

  /** Nanoseconds: "30s", "500ms", "2m", "1h"; a bare number is seconds. */
  static final class Time implements ITypeConverter<Long> {
    private static final long SECOND = 1_000_000_000L;
    private static final Map<String, Long> UNITS =
        Map.of(
            "",
            SECOND,
            "s",
            SECOND,
            "ms",
            1_000_000L,
            "us",
            1000L,
            "m",
            60 * SECOND,
            "min",
            60 * SECOND,
            "h",
            3600 * SECOND);

    @Override
    public Long convert(String value) {
      long nanoseconds = parse(value, UNITS, "a time such as 30s, 500ms or 2m");
      if (nanoseconds == 0) {
        throw new TypeConversionException(
            "a time limit must be more than zero, found \"" + value + "\"");
      }
      return nanoseconds;
    }
  }

  /** "jit", "interpreter" or "lockstep". */
  static final class Engine implements ITypeConverter<EngineKind> {
    @Override
    public EngineKind convert(String value) {
      return Arrays.stream(EngineKind.values())
          .filter(kind -> kind.toString().equalsIgnoreCase(value))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "expected one of "
                          + Arrays.toString(EngineKind.values())
                          + ", found \""
                          + value
                          + "\""));
    }
  }
}

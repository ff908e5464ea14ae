package io.github.bitterling.minnow.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON object with typed access that names what is missing. Values are maps, lists, strings,
 * numbers, booleans and null.
 */
record JsonTree(Map<String, Object> fields) {
  static JsonTree parse(String text) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("expected a JSON object, found " + parser.currentToken());
      }
      return new JsonTree(object(parser));
    }
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    Map<String, Object> map = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      map.put(name, value(parser));
    }
    return map;
  }

  private static List<Object> array(JsonParser parser) throws IOException {
    List<Object> list = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      list.add(value(parser));
    }
    return list;
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT -> parser.getLongValue();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  private <T> T get(String name, Class<T> type, String kind) throws IOException {
    Object value = fields.get(name);
    if (!type.isInstance(value)) {
      throw new IOException(
          "field \""
              + name
              + "\": expected "
              + kind
              + ", found "
              + (value == null ? "nothing" : value));
    }
    return type.cast(value);
  }

  String text(String name) throws IOException {
    return get(name, String.class, "a text");
  }

  double number(String name) throws IOException {
    return get(name, Number.class, "a number").doubleValue();
  }

  long whole(String name) throws IOException {
    return get(name, Number.class, "a number").longValue();
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  JsonTree object(String name) throws IOException {
    return new JsonTree(cast(get(name, Map.class, "an object")));
  }

  List<JsonTree> objects(String name) throws IOException {
    List<JsonTree> trees = new ArrayList<>();
    for (Object o : get(name, List.class, "a list")) {
      if (!(o instanceof Map<?, ?> map)) {
        throw new IOException("field \"" + name + "\": expected a list of objects, found " + o);
      }
      trees.add(new JsonTree(cast(map)));
    }
    return trees;
  }

  List<String> texts(String name) throws IOException {
    List<String> all = new ArrayList<>();
    for (Object o : get(name, List.class, "a list")) {
      all.add(String.valueOf(o));
    }
    return all;
  }

  private static Map<String, Object> cast(Map<?, ?> map) {
    Map<String, Object> typed = new LinkedHashMap<>();
    map.forEach((k, v) -> typed.put((String) k, v));
    return typed;
  }
}
